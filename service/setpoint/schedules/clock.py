"""Forms that run a member on another clock."""

from dataclasses import dataclass
from fractions import Fraction
from math import inf, nan

from setpoint.schedules.form import UNKNOWN, Form, Hull
from setpoint.schedules.number import END_OF_TIME
from setpoint.schedules.piece import Piece, Time, flat


@dataclass(frozen=True)
class Later(Form):
    """A member whose clock shows 0 at `by`. It is not asked for anything before its clock has started."""

    member: Form
    by: Time

    @property
    def end(self) -> Time | None:
        return None if self.member.end is None else self.member.end + self.by

    @property
    def breadth(self) -> int:
        return 1 + self.member.breadth

    def piece(self, t: Time) -> Piece:
        return self.member.piece(t - self.by).later(self.by).holding(t)

    def hull(self, start: Time, stop: Time) -> Hull:
        return self.member.hull(start - self.by, stop - self.by)


@dataclass(frozen=True)
class Stretched(Form):
    """A member whose clock runs at another speed: at epoch `e` it shows `(offset + rate e) / parts`, all integers.

    Integers below 2^53 are exact in float64 and a single division is rounded correctly, so the clock is portable too.
    From where it shows 2^53 on there is no value: NaN.
    """

    member: Form
    offset: int
    rate: int
    parts: int

    @property
    def end(self) -> Time | None:
        return None if self.member.end is None else self.epoch_at(self.member.end)

    @property
    def breadth(self) -> int:
        return 1 + self.member.breadth

    def shows(self, t: Time) -> Fraction:
        return (self.offset + self.rate * Fraction(t)) / self.parts

    def epoch_at(self, shown: Time) -> Time:
        """When the member's clock shows `shown`."""
        return inf if shown == inf else (Fraction(shown) * self.parts - self.offset) / self.rate

    def piece(self, t: Time) -> Piece:
        shown = self.shows(t)
        if shown >= END_OF_TIME:
            return flat(nan, self.epoch_at(END_OF_TIME))
        inner = self.member.piece(shown)
        at, offset, rate, parts = inner.at, float(self.offset), float(self.rate), float(self.parts)
        return Piece(
            self.epoch_at(inner.start),
            self.epoch_at(inner.stop),
            lambda t: at((offset + rate * t) / parts),
            inner.portable,
            inner.trend,
        )

    def hull(self, start: Time, stop: Time) -> Hull:
        last = self.shows(stop)
        return UNKNOWN if last >= END_OF_TIME else self.member.hull(self.shows(start), last)
