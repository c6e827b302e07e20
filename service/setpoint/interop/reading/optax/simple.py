"""optax.schedules, as optax computes them in float64. `t` is the count of updates."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import constant, shifted
from setpoint.interop.reading.reader import ByItself, Flag
from setpoint.schedules.basic import Piecewise, Points
from setpoint.schedules.compose import Clamp
from setpoint.schedules.decay import Cosine, Exponential, Linear, Polynomial
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole


def _whole_keys(value: Any) -> Any:
    """JSON has text for keys, where Optax has integers."""
    if not isinstance(value, dict):
        return value
    try:
        return {int(key): scale for key, scale in cast(dict[str, Any], value).items()}
    except ValueError:
        raise PydanticCustomError("boundaries", "must have whole numbers for keys") from None


Scales = Annotated[dict[Whole, Real], BeforeValidator(_whole_keys)]
"""By which factor the value changes, and at which count."""


class ConstantSchedule(ByItself):
    """`value`."""

    value: Real

    def spec(self) -> Schedule:
        return constant(self.value)


class PolynomialSchedule(ByItself):
    """`end + (init - end) (1 - clip((t - begin) / n, 0, 1)) ** power`; with `n <= 0` it stays at init."""

    init_value: Real
    end_value: Real
    power: Real
    transition_steps: Whole
    transition_begin: Whole = 0

    def check(self) -> None:
        if self.power < 0 < self.transition_steps:
            refuse("with a negative power it is infinite at the end", "power")

    def spec(self) -> Schedule:
        return polynomial(
            self.init_value, self.end_value, self.power, self.transition_steps, max(self.transition_begin, 0)
        )


def polynomial(start: float, final: float, power: float, steps: int, begin: int = 0) -> Schedule:
    if steps <= 0 or power == 0:
        return constant(start)
    if power == 1:
        way: Schedule = Linear(initial_lr=start, final_lr=final, epochs=steps)
    else:
        way = Polynomial(initial_lr=start, min_lr=final, epochs=steps, power=power)
    return shifted(way, -begin)


class LinearSchedule(ByItself):
    """`polynomial_schedule` with a power of 1."""

    init_value: Real
    end_value: Real
    transition_steps: Whole
    transition_begin: Whole = 0

    def spec(self) -> Schedule:
        return polynomial(self.init_value, self.end_value, 1, self.transition_steps, max(self.transition_begin, 0))


class PiecewiseConstantSchedule(ByItself):
    """`init` times the scales of all boundaries `<= t`."""

    init_value: Real
    boundaries_and_scales: Scales | None = None

    def check(self) -> None:
        if any(scale < 0 for scale in (self.boundaries_and_scales or {}).values()):
            refuse("`piecewise_constant_schedule` expects non-negative scale factors", "boundaries_and_scales")

    def spec(self) -> Schedule:
        knots = _cumulated(self.init_value, self.boundaries_and_scales or {})
        passed = [lr for boundary, lr in knots if boundary < 0]
        start = passed[-1] if passed else self.init_value
        later = [(boundary, lr) for boundary, lr in knots if boundary >= 0]
        if not later:
            return constant(start)
        return Piecewise(milestones=tuple(boundary for boundary, _ in later), values=(start, *(lr for _, lr in later)))


def _cumulated(start: float, scales: Mapping[int, float]) -> list[tuple[int, float]]:
    """The value from each boundary on."""
    found: list[tuple[int, float]] = []
    for boundary, scale in sorted(scales.items()):
        start *= scale
        found.append((boundary, start))
    return found


class PiecewiseInterpolateSchedule(ByItself):
    """From `init` at 0 to the cumulated value at each boundary, along lines or cosines, and then the last of them."""

    interpolate_type: Literal["linear", "cosine"]
    init_value: Real
    boundaries_and_scales: Scales | None = None

    def check(self) -> None:
        scales = self.boundaries_and_scales or {}
        if any(scale < 0 for scale in scales.values()):
            refuse("`piecewise_interpolate_schedule` expects non-negative scale factors", "boundaries_and_scales")
        if any(boundary < 0 for boundary in scales):
            refuse("a boundary before 0 lies before the first knot", "boundaries_and_scales")

    def spec(self) -> Schedule:
        return through(self.init_value, self.boundaries_and_scales or {}, self.interpolate_type)


def through(start: float, scales: Mapping[int, float], shape: Literal["linear", "cosine"]) -> Schedule:
    """Through (0, start) and the cumulated values; a boundary at 0 changes the start."""
    knots = [(0, start), *_cumulated(start, scales)]
    seen = [this for this, following in pairwise(knots) if this[0] < following[0]] + knots[-1:]
    return Points(points=tuple((float(t), lr) for t, lr in seen), shape=shape)


class OneCycleSchedule(ByItself):
    """The knots of a one-cycle policy, at whole counts: torch's lie elsewhere."""

    transition_steps: Whole
    peak_value: Real
    pct_start: Real = 0.3
    div_factor: Real = 25.0
    final_div_factor: Real = 1e4

    def check(self) -> None:
        if self.transition_steps <= 0:
            refuse("A linear onecycle schedule was set with a non-positive `transition_steps`", "transition_steps")
        if self.div_factor <= 0 or self.final_div_factor <= 0:
            refuse("div_factor and final_div_factor must be above 0", "div_factor")
        if any(boundary < 0 for boundary in self.scales()):
            refuse("a share below 0 puts a knot before 0", "pct_start")

    def scales(self) -> dict[int, float]:
        """`init * div` at `int(pct_start * n)`, down by both factors at `n`; of equal boundaries the last counts."""
        n = self.transition_steps
        return {int(self.pct_start * n): self.div_factor, n: 1.0 / (self.div_factor * self.final_div_factor)}

    def spec(self) -> Schedule:
        return through(self.peak_value / self.div_factor, self.scales(), "cosine")


class LinearOneCycleSchedule(OneCycleSchedule):
    """The same along lines, and by way of the starting value at `int(pct_final * n)`."""

    pct_final: Real = 0.85

    def scales(self) -> dict[int, float]:
        n = self.transition_steps
        return {
            int(self.pct_start * n): self.div_factor,
            int(self.pct_final * n): 1.0 / self.div_factor,
            n: 1.0 / self.final_div_factor,
        }

    def spec(self) -> Schedule:
        return through(self.peak_value / self.div_factor, self.scales(), "linear")


class ExponentialDecay(ByItself):
    """`init * rate ** ((t - begin) / n)` from `begin` on, no further than end_value; with `n <= 0` or rate 0 init."""

    init_value: Real
    transition_steps: Whole
    decay_rate: Real
    transition_begin: Whole = 0
    staircase: Flag = False
    end_value: Real | None = None

    def spec(self) -> Schedule:
        return exponential(
            self.init_value,
            self.transition_steps,
            self.decay_rate,
            max(self.transition_begin, 0),
            self.staircase,
            self.end_value,
        )


def exponential(
    start: float, steps: int, rate: float, begin: int, staircase: bool, end_value: float | None
) -> Schedule:
    if steps <= 0 or rate == 0:
        return constant(start)
    decay = Exponential(initial_lr=start, gamma=rate, decay_epochs=steps, staircase=staircase)
    way = shifted(decay, -begin)
    if end_value is None:
        return way
    return Clamp(schedule=way, min_lr=max(end_value, 0.0)) if rate < 1 else Clamp(schedule=way, max_lr=end_value)


class CosineDecaySchedule(ByItself):
    """`init * ((1 - alpha) c ** exponent + alpha)`, `c = (1 + cos(pi min(t / n, 1))) / 2`."""

    init_value: Real
    decay_steps: Real
    alpha: Real = 0.0
    exponent: Real = 1.0

    def check(self) -> None:
        check_cosine(self.decay_steps, self.exponent)

    def spec(self) -> Schedule:
        return cosine(self.init_value, self.decay_steps, self.alpha, self.exponent)


def check_cosine(steps: float, exponent: float) -> None:
    if steps <= 0:
        refuse(f"The cosine_decay_schedule requires positive decay_steps, got decay_steps={steps!r}.", "decay_steps")
    if steps != int(steps):
        refuse("decay_steps must be whole", "decay_steps")
    if exponent < 0:
        refuse("with a negative exponent it is infinite at the end", "exponent")


def cosine(start: float, steps: float, alpha: float, exponent: float) -> Schedule:
    if exponent == 0:
        return constant(start)
    return Cosine(initial_lr=start, min_lr=start * alpha, epochs=int(steps), power=exponent)
