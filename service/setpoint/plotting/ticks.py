"""Where an axis is marked: round numbers that cover a range.

Computed in decimal from the shortest text of each bound, so that 0.3 is a tick and
0.30000000000000004 never is, and so that no range from 5e-324 to 1.8e308 overflows or vanishes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from math import isinf

from setpoint.plotting import numeral

# Powers of ten that are floats other than 0 and infinity.
LEAST_DECADE, LAST_DECADE = -323, 308
STRIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and what is written there."""

    value: float
    label: str


def linear(low: float, high: float, *, count: int = 5, whole: bool = False) -> tuple[Tick, ...]:
    """Multiples of 1, 2 or 5 times a power of ten that cover `low` to `high`, `low < high`.

    At most `count + 2` of them; `whole` keeps to whole numbers.
    """
    start, stop = _exactly(low), _exactly(high)
    step = _step((stop - start) / count, whole=whole)
    first = int((start / step).to_integral_value(ROUND_FLOOR))
    last = int((stop / step).to_integral_value(ROUND_CEILING))
    values = _distinct(index * step for index in range(first, last + 1))
    return _labelled(values, numeral.alike([_exactly(value) for value in values]))


def logarithmic(low: float, high: float, *, count: int = 6) -> tuple[Tick, ...]:
    """Powers of ten that cover `low` to `high`, `0 < low < high`.

    Under two decades also their doubles and quintuples; under a factor of two `linear` ticks.
    """
    if high / 2 < low:
        return linear(low, high, count=count)
    values = _distinct(_mantissas(low, high) if high / 100 <= low else _decades(low, high, count))
    return _labelled(values, [numeral.shortest(_exactly(value)) for value in values])


def _exactly(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _step(least: Decimal, *, whole: bool) -> Decimal:
    """The smallest of 1, 2, 5, 10, ... times a power of ten that is at least `least`."""
    if whole and least <= 1:
        return Decimal(1)
    unit = Decimal(1).scaleb(least.adjusted())
    return next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= least)


def _decade_above(value: float) -> int:
    number = _exactly(value)
    exponent = number.adjusted()
    return exponent if number == Decimal(1).scaleb(exponent) else exponent + 1


def _decades(low: float, high: float, count: int) -> list[Decimal]:
    bottom, top = _exactly(low).adjusted(), _decade_above(high)
    stride = next(stride for stride in STRIDES if top - bottom <= stride * count)
    exponents = range(bottom // stride * stride, -(-top // stride) * stride + 1, stride)
    return [Decimal(1).scaleb(min(max(e, LEAST_DECADE), LAST_DECADE)) for e in exponents]


def _mantissas(low: float, high: float) -> list[Decimal]:
    bottom, top = _exactly(low).adjusted(), _decade_above(high)
    candidates = [Decimal(m).scaleb(e) for e in range(bottom, top + 1) for m in (1, 2, 5)]
    first = max(n for n in candidates if n <= _exactly(low))
    last = min(n for n in candidates if n >= _exactly(high))
    return [n for n in candidates if first <= n <= last]


def _distinct(numbers: Iterable[Decimal]) -> list[float]:
    """As floats, less those that fall together on one, or beyond the last."""
    values = [value for value in map(float, numbers) if not isinf(value)]
    return values[:1] + [value for before, value in pairwise(values) if value > before]


def _labelled(values: Sequence[float], labels: Sequence[str]) -> tuple[Tick, ...]:
    return tuple(Tick(value, label) for value, label in zip(values, labels, strict=True))
