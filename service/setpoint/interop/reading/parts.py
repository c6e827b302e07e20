"""Schedules out of schedules, without the parts that would never be seen."""

from itertools import pairwise

from setpoint.interop.call import refuse
from setpoint.schedules.basic import Constant
from setpoint.schedules.breach import LARGEST, breach
from setpoint.schedules.check import HORIZON
from setpoint.schedules.compose import ProductOf, Scale, Sequence, Shift
from setpoint.schedules.decay import Linear, Ramp
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.shape import ShapeName

BEYOND = 1e250
"""What is this large is about to be infinite."""


def constant(lr: float) -> Schedule:
    return Constant(initial_lr=lr)


def line(start: float, final: float, epochs: int) -> Schedule:
    """From `start` to `final` over so many epochs, then `final`; at once where there are none."""
    return ramp(start, final, epochs, "linear")


def ramp(start: float, final: float, epochs: int, shape: ShapeName) -> Schedule:
    """The same along any shape."""
    if epochs <= 0 or start == final:
        return constant(final)
    if shape == "linear":
        return Linear(initial_lr=start, final_lr=final, epochs=epochs)
    return Ramp(initial_lr=start, final_lr=final, epochs=epochs, shape=shape)


def after(first: Schedule, *later: tuple[int, Schedule], absolute: bool = False) -> Schedule:
    """`first`, and each of `later` from its epoch on, on a clock of its own (`absolute`: all on one clock).

    Where several would start together, or before 0, the last of them counts.
    """
    starts = [(0, first), *((max(start, 0), spec) for start, spec in later)]
    seen = [this for this, following in pairwise(starts) if this[0] < following[0]] + [starts[-1]]
    if len(seen) == 1:
        return seen[0][1]
    return Sequence(
        schedules=tuple(spec for _, spec in seen),
        milestones=tuple(start for start, _ in seen[1:]),
        clock="global" if absolute else "local",
    )


def scaled(spec: Schedule, factor: float) -> Schedule:
    return spec if factor == 1.0 else Scale(schedule=spec, factor=factor)


def shifted(spec: Schedule, offset: int, first: int = 0, last: int | None = None) -> Schedule:
    """`spec` on a clock that is `offset` ahead, held before `first` and after `last`."""
    if offset == 0 and first == 0 and last is None:
        return spec
    return Shift(schedule=spec, offset=offset, first=first, last=last)


def until_gone(spec: ProductOf) -> Schedule:
    """`spec`, and 0 from where a factor is beyond all numbers, when others have long brought the whole down to 0.

    Raises:
        NotConvertible: the whole is still a number there, though its factors are not.
    """
    epoch = breach(spec.form, 0, HORIZON, 0.0, LARGEST)
    if epoch is None:
        return spec
    before = spec.form.value(epoch - 1)
    if before == 0:
        return after(spec, (epoch, constant(0.0)))
    if before < BEYOND:
        refuse(f"from epoch {epoch} on one scheduler's factor is beyond all float64, though the product is not")
    return spec
