"""The one form under every schedule: a stretch of time and a function over it."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from setpoint.schedules.kernel import Curve

Time: TypeAlias = int | float | Fraction
"""A moment of a schedule's clock. Epochs are integers; a clock that was stretched runs through fractions."""

FLAT, RISING, FALLING = 0, 1, -1


@dataclass(frozen=True, slots=True)
class Piece:
    """What a schedule does on `[start, stop)`: its value at time `t` is `at(t)`.

    portable: `at` takes an array of float64 as well, with the same bits.
    trend: FLAT, RISING (never falls), FALLING (never rises), or None where it may do both. Bounds need only the ends of
        a piece whose trend is known.
    tread: where above 0, `at` is constant on `[anchor + k tread, anchor + (k + 1) tread)`: a staircase in one piece.
    """

    start: Time
    stop: Time
    at: Curve
    portable: bool
    trend: int | None
    tread: int = 0
    anchor: int = 0

    def within(self, start: Time, stop: Time) -> "Piece":
        """The part of it that lies in `[start, stop)`."""
        if start <= self.start and self.stop <= stop:
            return self
        return replace(self, start=max(start, self.start), stop=min(stop, self.stop))

    def holding(self, t: Time) -> "Piece":
        """The same, made to hold `t` where rounding put an end of it on the wrong side."""
        if self.start <= t < self.stop:
            return self
        return replace(self, start=min(self.start, t), stop=max(self.stop, math.nextafter(t, math.inf)))

    def later(self, by: Time) -> "Piece":
        """The same, `by` later: its value at `t` is this one's at `t - by`."""
        if by == 0:
            return self
        at, offset = self.at, float(by)
        start, stop = self.start + by, self.stop + by

        def later(t: float) -> float:
            return at(t - offset)

        if isinstance(by, int):
            return replace(self, start=start, stop=stop, at=later, anchor=self.anchor + by)
        return replace(self, start=start, stop=stop, at=later, tread=0)

    def mapped(self, function: Curve, falling: bool = False, portable: bool = True) -> "Piece":
        """Each value put through `function`, which never turns: it rises, or (`falling`) falls."""
        at = self.at
        trend = -self.trend if falling and self.trend is not None else self.trend
        portable = portable and self.portable

        def mapped(t: float) -> float:
            return function(at(t))

        return replace(self, at=mapped, trend=trend, portable=portable)


def flat(value: float, start: Time = 0, stop: Time = math.inf) -> Piece:
    return Piece(start, stop, lambda _t: value, True, FLAT)


def trend_between(start: float, final: float) -> int:
    """The trend of something that goes from `start` to `final` without turning."""
    return FLAT if start == final else RISING if start < final else FALLING
