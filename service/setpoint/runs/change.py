"""What an operator may do to a run's plan: requests, commands' payload and journal entries alike."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, StrictBool

from setpoint.runs.name import Name, Text
from setpoint.schedules.kinds import Checked
from setpoint.schedules.number import Epoch, Factor, PositiveInt, Rate
from setpoint.schedules.shape import ShapeName
from setpoint.schedules.spec import Model


class Change(Model):
    """A change of the plan from some epoch on. Without `epoch`: from the first unsealed one.

    It never touches a sealed epoch: asked for an earlier one it takes effect at the frontier, or, with `exact`, is
    refused. Without `groups` it acts on `lr` and on every group.
    """

    moves_clock: ClassVar[bool] = False
    """Whether it stops or starts the clock, and with it that of the hyperparameters."""

    reason: Text | None = None
    """Why: it stands in the audit log."""
    epoch: Epoch | None = None
    """The first epoch it should govern."""
    exact: StrictBool = False
    """Refuse it where `epoch` is sealed, instead of letting it take effect later."""
    groups: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """The learning rates it acts on: `lr` and names of groups; all unless given."""


class Scale(Change):
    """Multiply the learning rate from now on."""

    op: Literal["scale"]
    factor: Factor


class Set(Change):
    """Pin the learning rate to a value; the schedule's clock runs on beneath it."""

    op: Literal["set"]
    lr: Rate


class Hold(Change):
    """Stop the schedule's clock: the learning rate stays what it is at the first epoch of the hold."""

    moves_clock: ClassVar[bool] = True
    op: Literal["hold"]


class Release(Change):
    """End a hold and a pin; the schedule goes on from where its clock stands. Factors stay."""

    moves_clock: ClassVar[bool] = True
    op: Literal["release"]


class Replace(Change):
    """Start another schedule at its epoch 0; factors, pin and hold end."""

    op: Literal["replace"]
    schedule: Checked


class Extend(Change):
    """Slow the schedule's clock, without a jump, so that what is left of it ends `epochs` later."""

    op: Literal["extend"]
    epochs: PositiveInt


class Decay(Change):
    """From the planned value at its first epoch to `final_lr` over `epochs`, and constant from there on."""

    op: Literal["decay"]
    epochs: PositiveInt
    final_lr: Rate
    shape: ShapeName = "linear"


class Cancel(Change):
    """Withdraw a change that has had no effect yet."""

    op: Literal["cancel"]
    change: PositiveInt
    """Its number."""


AnyChange: TypeAlias = Annotated[
    Scale | Set | Hold | Release | Replace | Extend | Decay | Cancel, Field(discriminator="op")
]
