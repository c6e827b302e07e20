"""Every kind in one union, told apart by `kind`; reading one from outside, and telling what there is."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias, get_args

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationInfo

from setpoint.errors import InvalidSchedule
from setpoint.schedules import compose
from setpoint.schedules.basic import Constant, MultiStep, Piecewise, Points, Step, Table
from setpoint.schedules.check import checked
from setpoint.schedules.compose import Clamp, ProductOf, Scale, Sequence, Shift, Stretch, Warmup
from setpoint.schedules.cycle import CosineRestarts, Cyclic, Restarts
from setpoint.schedules.decay import Cosine, Exponential, InverseTime, Linear, Polynomial, Ramp
from setpoint.schedules.faults import read
from setpoint.schedules.spec import Spec
from setpoint.schedules.warm import WSD, InverseSqrt, OneCycle

Schedule: TypeAlias = Annotated[
    Constant
    | Step
    | MultiStep
    | Exponential
    | Linear
    | Polynomial
    | Cosine
    | Ramp
    | InverseTime
    | InverseSqrt
    | CosineRestarts
    | Cyclic
    | OneCycle
    | WSD
    | Piecewise
    | Points
    | Table
    | Warmup
    | Sequence
    | Restarts
    | ProductOf
    | Scale
    | Clamp
    | Shift
    | Stretch,
    Field(discriminator="kind"),
]
"""A schedule, or a member of one: its parameters hold, but what it does over time has not been looked at."""

compose.__dict__["Schedule"] = Schedule
"""The name by which members are declared there: it is looked up when the first composite is read."""

STORED: Mapping[str, bool] = {"stored": True}
"""The validation context of what was checked when it came in, and has been kept since."""


def _checked_once(spec: Spec, info: ValidationInfo) -> Spec:
    """What has been accepted stays accepted: it is read again whatever the check has become."""
    return spec if info.context is STORED else checked(spec)


Checked: TypeAlias = Annotated[Schedule, AfterValidator(_checked_once)]
"""A schedule from outside: it can be served on every epoch. What requests hold."""

_checked: TypeAdapter[Spec] = TypeAdapter(Checked, config=ConfigDict(defer_build=True))

KINDS: Mapping[str, type[Spec]] = {
    kind.model_fields["kind"].default: kind for union, _ in [get_args(Schedule)] for kind in get_args(union)
}


def parse(data: object) -> Spec:
    """The schedule that `data` (plain JSON) describes, checked over its whole life.

    Raises:
        InvalidSchedule: naming each fault and where it is.
    """
    return read(_checked, data, InvalidSchedule, "this is not a schedule that can be served")
