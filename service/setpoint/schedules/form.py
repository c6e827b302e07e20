"""The core forms: what every kind is built from.

A form is a function of time that knows its pieces. `piece(t)` finds the one that holds `t` in O(log n), and everything
else follows from it: a value is `piece(t).at(t)`, a curve is a walk from piece to piece, bounds are the ends of pieces
that don't turn. One value and a million therefore agree bit for bit: they come from the same function.
"""

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from setpoint.schedules.kernel import Curve
from setpoint.schedules.piece import Piece, Time, flat

Hull: TypeAlias = tuple[float, float]
"""The least and the greatest value on a stretch: perhaps wider than the truth, never narrower; NaN where one is."""

UNKNOWN: Hull = (math.nan, math.nan)


def union(hulls: Iterable[Hull]) -> Hull:
    values = [value for hull in hulls for value in hull]
    return UNKNOWN if any(map(math.isnan, values)) else (min(values), max(values))


def between(one: float, other: float) -> Hull:
    if one <= other:
        return one, other
    return (other, one) if other < one else UNKNOWN


class Form(ABC):
    """A function of time, in pieces."""

    @property
    def end(self) -> Time | None:
        """Where its natural end is; None where it has none."""
        return None

    @property
    def breadth(self) -> int:
        """How many forms have a say in one value: what a look at it costs."""
        return 1

    @abstractmethod
    def piece(self, t: Time) -> Piece:
        """The piece that holds `t`, which is not negative."""

    def value(self, t: Time) -> float:
        return self.piece(t).at(float(t))

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """The pieces of the epochs `[start, stop)`, each cut to whole epochs; one without an epoch is passed over."""
        epoch = start
        while epoch < stop:
            piece = self.piece(epoch)
            after = stop if piece.stop >= stop else math.ceil(piece.stop)
            yield replace(piece, start=epoch, stop=after)
            epoch = after

    def hull(self, start: Time, stop: Time) -> Hull:
        """The least and greatest value from `start` to `stop`, both included."""
        hulls: list[Hull] = []
        t = start
        while True:
            piece = self.piece(t)
            last = min(stop, piece.stop)
            hulls.append(between(piece.at(float(t)), piece.at(float(last))))
            if piece.stop > stop:
                return union(hulls)
            t = piece.stop


@dataclass(frozen=True)
class Flat(Form):
    """One value for ever."""

    level: float

    @property
    def end(self) -> Time:
        return 0

    def piece(self, t: Time) -> Piece:
        return flat(self.level)

    def hull(self, start: Time, stop: Time) -> Hull:
        return self.level, self.level


@dataclass(frozen=True)
class Smooth(Form):
    """One formula from 0 on, that never turns."""

    at: Curve
    portable: bool
    trend: int
    until: Time | None = None

    @property
    def end(self) -> Time | None:
        return self.until

    def piece(self, t: Time) -> Piece:
        return Piece(0, math.inf, self.at, self.portable, self.trend)

    def hull(self, start: Time, stop: Time) -> Hull:
        return between(self.at(float(start)), self.at(float(stop)))


@dataclass(frozen=True)
class Stairs(Form):
    """`level(n)` on the n-th tread, each `tread` long; the levels never turn."""

    level: Callable[[int], float]
    tread: int | float
    trend: int

    def piece(self, t: Time) -> Piece:
        if isinstance(self.tread, int):
            return Piece(0, math.inf, self._on_whole_treads, False, self.trend, tread=self.tread)
        return Piece(0, math.inf, self._on_any_treads, False, self.trend)

    def _on_whole_treads(self, t: float) -> float:
        return self.level(int(t // self.tread))  # exact, where the quotient could round up

    def _on_any_treads(self, t: float) -> float:
        return self.level(math.floor(t / self.tread))


@dataclass(frozen=True)
class Steps(Form):
    """`levels[i]` from `starts[i]` on; `starts[0]` is 0. Its end is the first epoch past the last change."""

    starts: Sequence[Time]
    levels: Sequence[float]

    @property
    def end(self) -> Time:
        return math.floor(self.starts[-1]) + 1

    def piece(self, t: Time) -> Piece:
        i = bisect_right(self.starts, t) - 1
        stop = self.starts[i + 1] if i + 1 < len(self.starts) else math.inf
        return flat(self.levels[i], self.starts[i], stop)

    def hull(self, start: Time, stop: Time) -> Hull:
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, stop)
        return union((level, level) for level in self.levels[first:last])
