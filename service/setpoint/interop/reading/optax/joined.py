"""Optax's schedules made of schedules, its plateau policy, and the names of them all."""

from collections.abc import Iterable
from itertools import pairwise

from setpoint.interop.call import Call, refuse, within
from setpoint.interop.reading.optax.simple import (
    ConstantSchedule,
    CosineDecaySchedule,
    ExponentialDecay,
    LinearOneCycleSchedule,
    LinearSchedule,
    OneCycleSchedule,
    PiecewiseConstantSchedule,
    PiecewiseInterpolateSchedule,
    PolynomialSchedule,
    check_cosine,
    cosine,
    exponential,
    polynomial,
)
from setpoint.interop.reading.parts import after, constant
from setpoint.interop.reading.reader import ByItself, Flag, OnOptimizer, Reader, opened
from setpoint.plateau.spec import PlateauSpec
from setpoint.plateau.variants import OptaxPlateau
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole


class WarmupConstantSchedule(ByItself):
    """A line from init to peak over warmup_steps, then peak; without steps it stays at init."""

    init_value: Real
    peak_value: Real
    warmup_steps: Whole

    def spec(self) -> Schedule:
        return polynomial(self.init_value, self.peak_value, 1, self.warmup_steps)


class WarmupCosineDecaySchedule(WarmupConstantSchedule):
    """The same line, then a cosine from peak to end over the rest of decay_steps, which include the warm-up."""

    decay_steps: Whole
    end_value: Real = 0.0
    exponent: Real = 1.0

    def check(self) -> None:
        if self.warmup_steps < 0:
            refuse("a negative warmup_steps starts in the midst of the cosine", "warmup_steps")
        check_cosine(self.decay_steps - self.warmup_steps, self.exponent)

    def spec(self) -> Schedule:
        alpha = 0.0 if self.peak_value == 0 else self.end_value / self.peak_value
        decay = cosine(self.peak_value, self.decay_steps - self.warmup_steps, alpha, self.exponent)
        return after(super().spec(), (self.warmup_steps, decay))


class WarmupExponentialDecaySchedule(WarmupConstantSchedule):
    """The same line, then `exponential_decay` from peak, on its own count."""

    transition_steps: Whole
    decay_rate: Real
    transition_begin: Whole = 0
    staircase: Flag = False
    end_value: Real | None = None

    def check(self) -> None:
        if self.warmup_steps < 0:
            refuse("a negative warmup_steps starts in the midst of the decay", "warmup_steps")

    def spec(self) -> Schedule:
        begin = max(self.transition_begin, 0)
        steps, rate = self.transition_steps, self.decay_rate
        decay = exponential(self.peak_value, steps, rate, begin, self.staircase, self.end_value)
        return after(super().spec(), (self.warmup_steps, decay))


class SGDRSchedule(ByItself):
    """One `warmup_cosine_decay_schedule` after another, each for its decay_steps."""

    cosine_kwargs: tuple[dict[str, object], ...]

    def spec(self) -> Schedule:
        cycles = [self._cycle(i, arguments) for i, arguments in enumerate(self.cosine_kwargs)]
        if not cycles:
            refuse("there is no cycle", "cosine_kwargs")
        start, later = cycles[0].decay_steps, list[tuple[int, Schedule]]()
        for cycle in cycles[1:]:
            later.append((start, cycle.spec()))
            start += cycle.decay_steps
        return after(cycles[0].spec(), *later)

    def _cycle(self, i: int, arguments: dict[str, object]) -> WarmupCosineDecaySchedule:
        with within(f"/arguments/cosine_kwargs/{i}"):
            call = Call(scheduler="warmup_cosine_decay_schedule", arguments=arguments)
            cycle = opened({"warmup_cosine_decay_schedule": WarmupCosineDecaySchedule}, call)
        assert isinstance(cycle, WarmupCosineDecaySchedule)
        return cycle


class JoinSchedules(ByItself):
    """Schedule i on the count since boundary i - 1, from there on."""

    schedules: tuple[Call, ...]
    boundaries: tuple[Whole, ...]

    def check(self) -> None:
        if not self.schedules:
            refuse("there is no schedule", "schedules")
        if any(later < earlier for earlier, later in pairwise(self.boundaries)):
            refuse("boundaries out of order: the last one that is passed counts, not the greatest", "boundaries")
        if any(boundary < 0 for boundary in self.boundaries):
            refuse("a negative boundary starts in the midst of a schedule", "boundaries")

    def spec(self) -> Schedule:
        first, *later = [self._member(i, call) for i, call in enumerate(self.schedules)]
        return after(first, *zip(self.boundaries, later, strict=False))

    def _member(self, i: int, call: Call) -> Schedule:
        with within(f"/arguments/schedules/{i}"):
            member = opened(SCHEDULERS, call)
            if not isinstance(member, ByItself):
                refuse("reduce_on_plateau is no schedule: it scales updates by a metric")
            return member.spec()


class ReduceOnPlateau(OnOptimizer):
    """A scale, times `factor` after `patience` means in a row that were no better."""

    factor: Real = 0.1
    patience: Whole = 10
    rtol: Real = 1e-4
    atol: Real = 0.0
    cooldown: Whole = 0
    accumulation_size: Whole = 1
    min_scale: Real = 0.0

    def check(self) -> None:
        if not 0 < self.factor < 1:
            refuse(f"Factor must be in the range (0, 1), got factor = {self.factor}.", "factor")
        if self.rtol < 0 or self.atol < 0:
            refuse(f"Both rtol and atol must be non-negative, got rtol = {self.rtol} and atol = {self.atol}.", "rtol")
        if self.rtol == 0 and self.atol == 0:
            refuse("At least one of rtol or atol must be positive, got rtol = 0.0 and atol = 0.0.", "rtol")
        if self.rtol > 1:
            refuse(f"rtol must be less than or equal to 1.0, got rtol = {self.rtol}.", "rtol")

    def spec(self, lr: float) -> Schedule:
        return constant(lr)

    def plateau(self, groups: int) -> PlateauSpec:
        return OptaxPlateau(variant="optax", **self.model_dump())

    def notes(self) -> Iterable[str]:
        return ["optax scales updates; here the scale is on the learning rate, which is the same for its optimizers"]


SCHEDULERS: dict[str, type[Reader]] = {
    "constant_schedule": ConstantSchedule,
    "polynomial_schedule": PolynomialSchedule,
    "linear_schedule": LinearSchedule,
    "piecewise_constant_schedule": PiecewiseConstantSchedule,
    "piecewise_interpolate_schedule": PiecewiseInterpolateSchedule,
    "cosine_onecycle_schedule": OneCycleSchedule,
    "linear_onecycle_schedule": LinearOneCycleSchedule,
    "exponential_decay": ExponentialDecay,
    "cosine_decay_schedule": CosineDecaySchedule,
    "warmup_constant_schedule": WarmupConstantSchedule,
    "warmup_cosine_decay_schedule": WarmupCosineDecaySchedule,
    "warmup_exponential_decay_schedule": WarmupExponentialDecaySchedule,
    "sgdr_schedule": SGDRSchedule,
    "join_schedules": JoinSchedules,
    "reduce_on_plateau": ReduceOnPlateau,
}
