"""Forms that repeat."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from setpoint.schedules.form import Form, Hull, union
from setpoint.schedules.kernel import Curve, half_wave
from setpoint.schedules.piece import FALLING, RISING, Piece, Time


@dataclass(frozen=True)
class Cycles(Form):
    """Cycle k is `make(k, length)` on a clock that starts anew with it, and is `first * mult ** k` long, `mult >= 1`.

    After `count` cycles comes `after`. From cycle to cycle the least and the greatest value each move one way only, so
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
        try:
            grown = self.mult**k
        except OverflowError:
            return math.inf
        if isinstance(grown, int) and isinstance(self.first, int):
            return self.first * (grown - 1) // (int(self.mult) - 1)
        return self.first * (float(grown) - 1.0) / (self.mult - 1.0)

    def index(self, t: Time) -> int:
        """The cycle that holds `t`: estimated, then put right by the boundaries themselves."""
        if self.mult == 1:
            k = int(t // self.first)
        else:
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
        return self._member(k, stop - start).piece(t - start).later(start).within(start, stop)

    def hull(self, start: Time, stop: Time) -> Hull:
        hulls: list[Hull] = []
        if self.after is not None and self.end is not None and stop >= self.end:
            hulls.append(self.after.hull(max(start, self.end), stop))
            stop = self.end
        if start < stop or not hulls:
            first, last = self.index(start), self.index(stop)
            hulls += [
                self._hull_of(k, start, stop) for k in sorted({first, first + 1, last - 1, last}) if first <= k <= last
            ]
        return union(hulls)

    def _hull_of(self, k: int, start: Time, stop: Time) -> Hull:
        begin, end = self.boundary(k), self.boundary(k + 1)
        member = self._member(k, end - begin)
        return member.hull(max(start - begin, 0), min(stop, end) - begin)


@dataclass(frozen=True)
class HalfWaves(Form):
    """A cosine that goes on: 1 where `phase` is 0, 0 where it is 1, 1 again where it is 2. `moment` undoes `phase`."""

    phase: Curve
    moment: Callable[[int], Time]
    portable: bool
    until: Time

    @property
    def end(self) -> Time:
        return self.until

    def piece(self, t: Time) -> Piece:
        k = self._index(t)
        phase, begun, falling = self.phase, float(k), k % 2 == 0

        def at(t: float) -> float:
            wave = half_wave(phase(t) - begun)
            return wave if falling else 1.0 - wave

        trend = FALLING if falling else RISING
        return Piece(self.moment(k), self.moment(k + 1), at, self.portable, trend)

    def _index(self, t: Time) -> int:
        k = int(self.phase(float(t)))
        while k > 0 and self.moment(k) > t:
            k -= 1
        while self.moment(k + 1) <= t:
            k += 1
        return k

    def hull(self, start: Time, stop: Time) -> Hull:
        whole_waves = self._index(stop) - self._index(start) > 2
        return (0.0, 1.0) if whole_waves else super().hull(start, stop)


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
        m = max(1, math.ceil(t / self.epochs))
        start = math.nextafter((m - 1) * self.epochs, math.inf) if m > 1 else 0
        stop = math.nextafter(m * self.epochs, math.inf)
        return self.member(m * self.epochs).piece(t).within(start, stop)

    def hull(self, start: Time, stop: Time) -> Hull:
        return (0.0, 1.0) if stop - start > 4 * self.epochs else super().hull(start, stop)
