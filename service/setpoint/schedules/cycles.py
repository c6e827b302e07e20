"""Forms that repeat."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from setpoint.schedules.form import UNKNOWN, Form, Hull, between, union
from setpoint.schedules.kernel import half_wave, power
from setpoint.schedules.number import END_OF_TIME
from setpoint.schedules.piece import FALLING, RISING, Piece, Time, flat

_BEYOND = 700.0
"""e to this power is longer than any clock runs."""
_BARELY = 1e-3
"""A growth per cycle below this loses its digits in `mult ** k - 1`."""


def how_often(length: Time, t: Time) -> int:
    """How many whole `length`s lie before `t`, by the moments `length * k` themselves."""
    k = int(t // length)
    while k > 0 and length * k > t:
        k -= 1
    while length * (k + 1) <= t:
        k += 1
    return k


@dataclass(frozen=True)
class Cycles(Form):
    """Cycle k is `make(k, length)` on a clock that starts anew with it, and is `first * mult ** k` long, `mult >= 1`.

    After `count` cycles comes `after`. Where a cycle is shorter than what a float64 tells apart there is no value: NaN.
    From cycle to cycle the least and the greatest value each move one way only, so
    the outer cycles hold those between them: bounds stay cheap over a billion epochs.
    """

    first: int | float
    mult: int | float
    make: Callable[[int, Time], Form]
    count: int | None = None
    after: Form | None = None

    @cached_property
    def _member(self) -> Callable[[int, Time], Form]:
        return lru_cache(maxsize=8)(self.make)

    @property
    def end(self) -> Time | None:
        return None if self.count is None else self.boundary(self.count)

    def boundary(self, k: int) -> Time:
        """Where cycle k begins: exact where the lengths are integers."""
        if self.mult == 1:
            return self.first * k
        if k * math.log(self.mult) > _BEYOND:
            return math.inf
        if isinstance(self.mult, int) and isinstance(self.first, int):
            return self.first * (int(self.mult**k) - 1) // (self.mult - 1)
        more = self.mult - 1.0
        if more < _BARELY:
            return self.first * (math.expm1(k * math.log1p(more)) / more)
        return self.first * (float(self.mult) ** k - 1.0) / more

    def index(self, t: Time) -> int:
        """The cycle that holds `t`: estimated, then put right by the boundaries themselves."""
        if self.mult == 1:
            return how_often(self.first, t)
        k = int(math.log1p(float(t) * (self.mult - 1) / self.first) / math.log(self.mult))
        while k > 0 and self.boundary(k) > t:
            k -= 1
        while self.boundary(k + 1) <= t:
            k += 1
        return k

    def piece(self, t: Time) -> Piece:
        if self.after is not None and self.end is not None and t >= self.end:
            return self.after.piece(t).within(self.end, math.inf)
        k = self.index(t)
        start, stop = self.boundary(k), self.boundary(k + 1)
        if not start < stop:
            return flat(math.nan, t)
        return self._member(k, stop - start).piece(t - start).later(start).within(start, stop).holding(t)

    def hull(self, start: Time, stop: Time) -> Hull:
        if self.after is None or self.end is None or stop < self.end:
            return self._hull_of_cycles(start, stop, self.index(stop))
        after = self.after.hull(max(start, self.end), stop)
        if start >= self.end:
            return after
        return union([after, self._hull_of_cycles(start, self.end, self.index(self.end) - 1)])

    def _hull_of_cycles(self, start: Time, stop: Time, last: int) -> Hull:
        first = self.index(start)
        cycles = {k for k in (first, first + 1, last - 1, last) if first <= k <= last}
        return union(self._hull_of(k, start, stop) for k in cycles)

    def _hull_of(self, k: int, start: Time, stop: Time) -> Hull:
        begin, end = self.boundary(k), self.boundary(k + 1)
        if not begin < end:
            return UNKNOWN
        member = self._member(k, end - begin)
        return member.hull(max(start - begin, 0), min(stop, end) - begin)


@dataclass(frozen=True)
class HalfWaves(Form):
    """A cosine that goes on: 1 at 0, 0 at `length`, 1 again at twice that."""

    length: Time
    until: Time

    @property
    def end(self) -> Time:
        return self.until

    def piece(self, t: Time) -> Piece:
        k = how_often(self.length, t)
        length, begun, falling = float(self.length), float(self.length * k), k % 2 == 0

        def at(t: float) -> float:
            wave = half_wave((t - begun) / length)
            return wave if falling else 1.0 - wave

        return Piece(self.length * k, self.length * (k + 1), at, True, FALLING if falling else RISING)

    def hull(self, start: Time, stop: Time) -> Hull:
        whole_waves = how_often(self.length, stop) - how_often(self.length, start) > 2
        return (0.0, 1.0) if whole_waves else super().hull(start, stop)


@dataclass(frozen=True)
class WarpedWaves(Form):
    """The same on a clock that bends: `turns` half waves until `until`, as `(t / until) ** exponent` goes from 0 to 1.

    Where a float64 can no longer tell one wave from the next there is no value: NaN.
    """

    turns: float
    exponent: float
    until: Time

    @property
    def end(self) -> Time:
        return self.until

    def phase(self, t: Time) -> float:
        return self.turns * power(float(t) / float(self.until), self.exponent)

    def moment(self, phase: int) -> float:
        return float(self.until) * power(phase / self.turns, 1.0 / self.exponent)

    def at(self, t: float) -> float:
        """The same function in every piece: no two of them can disagree about the wave that `t` is in."""
        u = self.phase(t) % 2.0
        return half_wave(u if u <= 1.0 else 2.0 - u)

    def piece(self, t: Time) -> Piece:
        phase = self.phase(t)
        if not phase < END_OF_TIME:
            return flat(math.nan, t)
        k = int(phase)
        trend = FALLING if k % 2 == 0 else RISING
        return Piece(self.moment(k), self.moment(k + 1), self.at, False, trend).holding(t)

    def hull(self, start: Time, stop: Time) -> Hull:
        last = self.phase(stop)
        if not last < END_OF_TIME:
            return UNKNOWN
        turned = range(math.floor(self.phase(start)) + 1, math.floor(last) + 1)[:2]
        values = [self.at(float(start)), self.at(float(stop)), *(1.0 - k % 2 for k in turned)]
        return min(values), max(values)


@dataclass(frozen=True)
class Stretches(Form):
    """`member(m epochs)` on its own clock, m being the least whole number for which `t <= m epochs`.

    What Keras calls a cycling polynomial: it touches its end at `epochs`, and from there on follows a longer way down.
    """

    member: Callable[[Time], Form]
    epochs: int

    @property
    def end(self) -> Time | None:
        return self.epochs

    def piece(self, t: Time) -> Piece:
        m = self._index(t)
        start = math.nextafter((m - 1) * self.epochs, math.inf) if m > 1 else 0
        stop = math.nextafter(m * self.epochs, math.inf)
        return self.member(m * self.epochs).piece(t).within(start, stop)

    def hull(self, start: Time, stop: Time) -> Hull:
        m = self._index(start)
        first, last = self.value(start), self.value(stop)
        if m == self._index(stop):
            return between(first, last)
        begun = self.member((m + 1) * self.epochs).value(m * self.epochs)  # no later way down begins as high
        return 0.0, max(first, begun)

    def _index(self, t: Time) -> int:
        return max(1, int(-(-t // self.epochs)))
