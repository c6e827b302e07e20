"""Forms made of forms on one clock: one after another, multiplied, or put through a function."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import inf
from typing import NamedTuple

from setpoint.schedules.form import Form, Hull, between, union
from setpoint.schedules.kernel import Curve
from setpoint.schedules.piece import FLAT, Piece, Time


class Window(NamedTuple):
    start: Time
    stop: Time


@dataclass(frozen=True)
class Joined(Form):
    """Member i from `starts[i]` on, all on one clock; `starts[0]` is 0. Of those with equal starts the last counts."""

    starts: Sequence[Time]
    members: Sequence[Form]

    @property
    def end(self) -> Time | None:
        last = self.members[-1].end
        return None if last is None else max(last, self.starts[-1])

    @property
    def breadth(self) -> int:
        return max(member.breadth for member in self.members)

    def window(self, i: int) -> Window:
        return Window(self.starts[i], self.starts[i + 1] if i + 1 < len(self.starts) else inf)

    def piece(self, t: Time) -> Piece:
        i = bisect_right(self.starts, t) - 1
        return self.members[i].piece(t).within(*self.window(i))

    def hull(self, start: Time, stop: Time) -> Hull:
        hulls: list[Hull] = []
        for i in range(bisect_right(self.starts, start) - 1, bisect_right(self.starts, stop)):
            window = self.window(i)
            if window.start < window.stop:
                low, high = max(start, window.start), min(stop, window.stop)
                hulls.append(self.members[i].hull(low, high))
        return union(hulls)


@dataclass(frozen=True)
class Product(Form):
    """The members' values multiplied, from left to right. It ends where the last of its members does."""

    members: Sequence[Form]

    @property
    def end(self) -> Time | None:
        ends = [member.end for member in self.members]
        known = [end for end in ends if end is not None]
        return max(known) if len(known) == len(ends) else None

    @property
    def breadth(self) -> int:
        return sum(member.breadth for member in self.members)

    def piece(self, t: Time) -> Piece:
        pieces = [member.piece(t) for member in self.members]
        moving = [piece for piece in pieces if piece.trend != FLAT]
        trends = {piece.trend for piece in moving}
        tread, anchor = (moving[0].tread, moving[0].anchor) if len(moving) == 1 else (0, 0)
        return Piece(
            max(piece.start for piece in pieces),
            min(piece.stop for piece in pieces),
            _multiplied([piece.at for piece in pieces]),
            all(piece.portable for piece in pieces),
            FLAT if not moving else trends.pop() if len(trends) == 1 else None,
            tread,
            anchor,
        )

    def hull(self, start: Time, stop: Time) -> Hull:
        hulls = [member.hull(start, stop) for member in self.members]
        return reduce(lambda a, b: union(between(x * b[0], x * b[1]) for x in a), hulls)


def _multiplied(curves: Sequence[Curve]) -> Curve:
    first, *others = curves

    def at(t: float) -> float:
        value = first(t)
        for other in others:
            value = value * other(t)  # not in place: an array may be another's
        return value

    return at


@dataclass(frozen=True)
class Mapped(Form):
    """A member's values put through `function`, which never turns: it rises, or (`falling`) falls."""

    member: Form
    function: Curve
    falling: bool = False
    portable: bool = True

    @property
    def end(self) -> Time | None:
        return self.member.end

    @property
    def breadth(self) -> int:
        return 1 + self.member.breadth

    def piece(self, t: Time) -> Piece:
        return self.member.piece(t).mapped(self.function, self.falling, self.portable)

    def hull(self, start: Time, stop: Time) -> Hull:
        low, high = self.member.hull(start, stop)
        return between(self.function(low), self.function(high))
