"""Every kind's formula."""

from collections.abc import Callable
from typing import Any

from setpoint.errors import NotConvertible
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
