"""How a ramp gets from its start (progress 0) to its end (progress 1): one function of time for each shape."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from setpoint.schedules.cycles import HalfWaves
from setpoint.schedules.form import Flat, Form, Smooth
from setpoint.schedules.joint import Joined, Mapped
from setpoint.schedules.kernel import Curve, grown, half_wave, lerp, power, root
from setpoint.schedules.piece import FALLING, RISING, Time, trend_between

ShapeName: TypeAlias = Literal[
    "linear",
    "cosine",
    "1-sqrt",
    "sqrt",
    "1-power",
    "power",
    "exponential",
    "geometric",
    "log",
    "tanh",
]
PastEnd: TypeAlias = Literal["hold", "continue"]


@dataclass(frozen=True)
class Bend:
    """The numbers that some shapes take."""

    power: float = 1.0
    ratio: float = 0.5
    lower: float = -7.0
    upper: float = 3.0


STRAIGHT = Bend()

# progress(x) for x = t / epochs, by what is left of the way at x: 1 - progress(x)
_PROGRESS: dict[str, Callable[[float, Bend, float], float]] = {
    "1-sqrt": lambda x, _b, _n: root(x),
    "sqrt": lambda x, _b, _n: 1.0 - root(1.0 - x),
    "1-power": lambda x, b, _n: power(x, b.power),
    "power": lambda x, b, _n: 1.0 - power(1.0 - x, b.power),
    "exponential": lambda x, b, _n: grown(b.ratio, x) / grown(b.ratio, 1.0),
    "log": lambda x, _b, n: math.log1p(x * n) / math.log1p(n),
    "tanh": lambda x, b, _n: 0.5 * (1.0 + math.tanh(b.lower * (1.0 - x) + b.upper * x)),
}


def ramp(
    start: float,
    final: float,
    epochs: Time,
    shape: ShapeName = "linear",
    bend: Bend = STRAIGHT,
    past_end: PastEnd = "hold",
) -> Form:
    """From `start` at 0 to `final` at `epochs`; from there on `final`, or the formula as it runs on."""
    way = _way(start, final, epochs, shape, bend, past_end)
    if past_end == "continue":
        return way
    return Joined((0, epochs), (way, Flat(final)))


def _way(start: float, final: float, epochs: Time, shape: ShapeName, bend: Bend, past_end: PastEnd) -> Form:
    n, trend = float(epochs), trend_between(start, final)
    if shape == "geometric":
        return Smooth(_geometric(start, final, n), False, trend, epochs)
    line = lerp(start, final)
    if shape == "linear":
        return Smooth(lambda t: line(t / n), True, trend, epochs)
    if shape == "cosine":
        return Mapped(_cosine(epochs, past_end), lerp(final, start), falling=start < final)
    progress = _PROGRESS[shape]
    way = Smooth(lambda t: progress(t / n, bend, n), False, RISING, epochs)
    turns = shape == "power" and bend.power % 2 == 0 and past_end == "continue"
    both_ways = Joined((0, epochs), (way, replace(way, trend=FALLING))) if turns else way
    return Mapped(both_ways, line, falling=final < start)


def _geometric(start: float, final: float, n: float) -> Curve:
    ratio = final / start if start > 0.0 else math.inf
    if 0.0 < ratio < math.inf:
        return lambda t: start * power(ratio, t / n)
    return lambda t: power(start, 1.0 - t / n) * power(final, t / n)


def _cosine(epochs: Time, past_end: PastEnd) -> Form:
    n = float(epochs)
    if past_end == "continue":
        return HalfWaves(epochs, epochs)
    return Smooth(lambda t: half_wave(t / n), True, FALLING, epochs)
