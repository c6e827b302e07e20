"""Every kind's formula, and what no snippet can count."""

from collections.abc import Callable
from typing import Any, cast

from setpoint.errors import Fault, NotConvertible
from setpoint.interop.writing import composite, cycle, leaf
from setpoint.interop.writing.script import Script
from setpoint.schedules.basic import Constant, MultiStep, Piecewise, Points, Step, Table
from setpoint.schedules.compose import Clamp, ProductOf, Scale, Sequence, Shift, Stretch, Warmup
from setpoint.schedules.cycle import CosineRestarts, Cyclic, Restarts
from setpoint.schedules.decay import Cosine, Exponential, InverseTime, Linear, Polynomial, Ramp
from setpoint.schedules.spec import Spec
from setpoint.schedules.warm import WSD, InverseSqrt, OneCycle

_FORMULAS: dict[type[Spec], Callable[[Any, Script], list[str]]] = {
    Constant: leaf.constant,
    Step: leaf.step,
    MultiStep: leaf.multistep,
    Exponential: leaf.exponential,
    Linear: leaf.linear,
    Polynomial: leaf.polynomial,
    Cosine: leaf.cosine,
    Ramp: leaf.ramp,
    InverseTime: leaf.inverse_time,
    InverseSqrt: leaf.inverse_sqrt,
    CosineRestarts: cycle.cosine_restarts,
    Cyclic: cycle.cyclic,
    OneCycle: leaf.points,
    WSD: leaf.wsd,
    Piecewise: leaf.piecewise,
    Points: leaf.points,
    Table: leaf.table,
    Warmup: composite.warmup,
    Sequence: composite.sequence,
    Restarts: cycle.restarts,
    ProductOf: composite.product,
    Scale: composite.scale,
    Clamp: composite.clamp,
    Shift: composite.shift,
    Stretch: composite.stretch,
}


def formula(spec: Spec, script: Script) -> list[str]:
    """Lines that return the learning rate of the clock.

    Raises:
        NotConvertible: nobody has written them for this kind.
    """
    written = _FORMULAS.get(type(spec))
    if written is None:
        raise NotConvertible(f"there is no code yet for schedules of kind {spec.plain()['kind']}")
    return written(spec, script)


def is_written(kind: type[Spec]) -> bool:
    """Whether a schedule of this kind can be said as code."""
    return kind in _FORMULAS


LONGEST = 2**30
"""In 32 bits twice a length must still fit."""


def check_countable(spec: Spec, pointer: str = "") -> None:
    """Every epoch that is named can be counted in 32 bits.

    Raises:
        NotConvertible: naming the field that goes beyond that.
    """
    for name, value in spec:
        if isinstance(spec, Stretch) and name != "schedule":  # parts of an epoch are counted in real numbers
            continue
        numbers = cast(tuple[object, ...], value) if isinstance(value, tuple) else (value,)
        if any(isinstance(number, int) and abs(number) > LONGEST for number in numbers):
            detail = f"steps are counted in 32 bits there, so nothing can be longer than {LONGEST}; {name} is"
            raise NotConvertible(detail, faults=[Fault(f"{pointer}/{name}", detail)])
    for member in spec.members():
        check_countable(member.spec, pointer + member.pointer)
