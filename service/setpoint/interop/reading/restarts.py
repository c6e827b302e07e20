"""Restarts where a library works out in floating point which cycle an epoch is in.

Where two cycles meet at a whole epoch, rounding may put that epoch at the end of the earlier one: a restart that
comes one epoch late. At those epochs the library's own arithmetic is done here, and where it differs its value stands
in the schedule.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, constant
from setpoint.schedules.basic import Table
from setpoint.schedules.check import HORIZON
from setpoint.schedules.compose import Sequence
from setpoint.schedules.cycle import CosineRestarts
from setpoint.schedules.kinds import Schedule

MOST_CYCLES = 10_000
MOST_PATCHES = 100
LONGEST_TABLE = 65_536


def as_computed(spec: Schedule, library: Callable[[int], float], epochs: Iterable[int], peak: float) -> Schedule:
    """`spec`, with the library's value at those of `epochs` where it is another.

    Raises:
        NotConvertible: there are too many of them.
    """
    other = {t: library(t) for t in sorted(set(epochs)) if abs(spec.lr(t) - library(t)) > 1e-12 * peak}
    if len(other) > MOST_PATCHES:
        refuse("rounding moves too many of the library's restarts by one epoch")
    for t, lr in sorted(other.items(), reverse=True):
        spec = _with(spec, t, lr)
    return spec


def _with(spec: Schedule, epoch: int, lr: float) -> Schedule:
    """`spec` with another learning rate at one epoch."""
    if isinstance(spec, Sequence) and spec.clock == "global":  # later epochs were put in before
        schedules, milestones = spec.schedules, spec.milestones
    else:
        schedules, milestones = (spec,), ()
    return Sequence(
        schedules=(schedules[0], constant(lr), *schedules),
        milestones=(epoch, epoch + 1, *milestones),
        clock="global",
    )


def around_boundaries(first: float, mult: float, cycles: int | None = None) -> Iterator[int]:
    """The epochs next to the boundaries of so many cycles, each `mult` times as long as the one before it.

    Raises:
        NotConvertible: the cycles grow so slowly that there are too many to look at.
    """
    length, boundary = float(first), float(first)
    for k in range(cycles or HORIZON):
        if boundary >= HORIZON:
            return
        if k == MOST_CYCLES:
            refuse("there are too many cycles to see where rounding moves their restarts")
        t = math.floor(boundary)
        yield from range(max(t - 1, 0), t + 3)
        length *= mult
        boundary += length


def hard_restarts(lr: float, epochs: int, cycles: float) -> Schedule:
    """Hugging Face's `lr * (1 + cos(pi frac(cycles * t / epochs))) / 2` before `epochs`, then 0."""
    if cycles == 0:
        return after(constant(lr), (epochs, constant(0.0)))
    once = CosineRestarts(initial_lr=lr, cycle_epochs=epochs / cycles)

    def library(t: int) -> float:
        return lr * 0.5 * (1.0 + math.cos(math.pi * ((cycles * (t / epochs)) % 1.0)))

    inside = (t for t in _whole_boundaries(epochs, cycles) if t < epochs)
    return after(as_computed(once, library, inside, lr), (epochs, constant(0.0)))


def _whole_boundaries(epochs: int, cycles: float) -> Iterator[int]:
    """The restarts that fall on whole epochs."""
    apart = epochs / Fraction(cycles)
    step = apart.denominator
    if math.ceil(cycles) / step > MOST_CYCLES:
        refuse("there are too many cycles to see where rounding moves their restarts", "num_cycles")
    return (int(apart * k) for k in range(step, math.ceil(cycles), step))


def log_restarts(start: float, floor: float, first: int, mult: float, decay: float) -> Schedule:
    """Keras' restarts, whose cycle is the floor of a logarithm where `mult` is not 1."""
    spec = CosineRestarts(
        initial_lr=start, cycle_epochs=first, cycle_mult=mult, cycle_decay=decay, decays="amplitude", min_lr=floor
    )
    if mult == 1:
        return spec

    def library(t: int) -> float:
        done = t / first
        k = math.floor(math.log(1.0 - done * (1.0 - mult)) / math.log(mult))
        x = (done - (1.0 - mult**k) / (1.0 - mult)) / mult**k
        return floor + (start - floor) * 0.5 * decay**k * (1.0 + math.cos(math.pi * x))

    return as_computed(spec, library, around_boundaries(first, mult), start)


def sampled(library: Callable[[int], float], epochs: int) -> Schedule:
    """A table of a library's own values, for what ends and no other kind can say.

    Raises:
        NotConvertible: it is too long for a table.
    """
    if epochs > LONGEST_TABLE:
        refuse(f"only a table could say this, and {epochs} epochs are more than one holds")
    return Table(values=tuple(library(t) for t in range(epochs)))
