"""From a value to its place along an axis, linear or logarithmic."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isinf, log10

from setpoint.plotting import ticks
from setpoint.plotting.ticks import Tick

LARGEST, SMALLEST = 1.7976931348623157e308, 5e-324

# The share of a logarithmic axis kept for its floor, where values at or below zero stand.
FLOOR = 0.08

# How far past its last value, as a share of its length, a tight axis goes to end on a tick: 0..9999
# ends at 10k.
REACH = 0.02


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values, its ticks, and where each value falls.

    `floor` is the label ("0", or "≤0") of the floor of a logarithmic axis, and "" where nothing
    stands on it.
    """

    low: float
    high: float
    ticks: tuple[Tick, ...]
    log: bool = False
    floor: str = ""

    def fraction(self, value: float) -> float:
        """0 at the low end, 1 at the high end; 0, on the floor, for what has no logarithm."""
        if self.log:
            return self._log_fraction(value)
        span = self.high - self.low
        if isinf(span):
            return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return (value - self.low) / span

    def _log_fraction(self, value: float) -> float:
        if value <= 0:
            return 0.0
        start = log10(self.low)
        share = (log10(value) - start) / (log10(self.high) - start)
        return FLOOR + (1 - FLOOR) * share if self.floor else share


def fit(
    values: Iterable[float],
    *,
    log: bool = False,
    tight: bool = False,
    whole: bool = False,
    count: int = 5,
) -> Axis:
    """The axis for `values`, which are finite; with none of them, from 0 to 1.

    `tight` ends at the outermost values, or at a tick close by, with the ticks between them;
    otherwise the axis goes on to the next tick, and a linear one starts at 0 unless the values keep
    to the upper half of what that would give. `whole`: ticks at whole numbers only.
    """
    found = list(values) or [0.0, 1.0]
    return _logarithmic(found, tight, count) if log else _linear(found, tight, whole, count)


def _linear(values: list[float], tight: bool, whole: bool, count: int) -> Axis:
    low, high = _apart(min(values), max(values)) if tight else _from_zero(min(values), max(values))
    marks = ticks.linear(low, high, count=count, whole=whole)
    return _trimmed(Axis(low, high, marks)) if tight else _covering(Axis(low, high, marks))


def _logarithmic(values: list[float], tight: bool, count: int) -> Axis:
    positive = [value for value in values if value > 0] or [0.1, 1.0]
    low, high = min(positive), max(positive)
    if low == high:
        low, high = max(low / 2, SMALLEST), min(high * 2, LARGEST)
    marks = ticks.logarithmic(low, high, count=count + 1)
    whole_range = Axis(low, high, marks, log=True, floor=_floor(min(values)))
    return _trimmed(whole_range) if tight else _covering(whole_range)


def _floor(least: float) -> str:
    if least > 0:
        return ""
    return "0" if least == 0 else "≤0"


def _covering(axis: Axis) -> Axis:
    """Out to its first and last ticks."""
    first, last = axis.ticks[0].value, axis.ticks[-1].value
    return replace(axis, low=min(axis.low, first), high=max(axis.high, last))


def _trimmed(axis: Axis) -> Axis:
    """Less the ticks outside, but for those within reach of its ends."""
    bare = replace(axis, floor="")
    near = [tick for tick in axis.ticks if -REACH <= bare.fraction(tick.value) <= 1 + REACH]
    values = [tick.value for tick in near]
    return replace(axis, low=min([axis.low, *values]), high=max([axis.high, *values]), ticks=tuple(near))


def _apart(low: float, high: float) -> tuple[float, float]:
    """A single value, given room on both sides."""
    if low < high:
        return low, high
    room = max(1.0, abs(low) / 1000)
    return max(low - room, -LARGEST), min(high + room, LARGEST)


def _from_zero(low: float, high: float) -> tuple[float, float]:
    """Down (or up) to zero, unless that would press the curve into half of the picture."""
    if low == high == 0:
        return 0.0, 1.0
    if low == high or 0 < low <= high / 2 or low / 2 <= high < 0:
        return min(low, 0.0), max(high, 0.0)
    return low, high
