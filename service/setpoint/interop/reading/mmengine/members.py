"""mmengine.optim.scheduler: schedulers that each act on the current learning rate from `begin` to `end`.

`k` counts a scheduler's own steps: 0 at `begin`, and it stands still from `end` on. Most multiply the current
learning rate, and so their product is what comes of them. A scheduler with a floor does not: it bends the current
learning rate towards the floor, and is read where it has the learning rate to itself while it acts.
"""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Literal

from setpoint.interop.call import refuse
from setpoint.interop.reading import one_cycle
from setpoint.interop.reading.parts import after, constant, line, shifted
from setpoint.interop.reading.reader import Flag, Number, PerGroup, Rates, Reader, per_group
from setpoint.schedules.basic import MultiStep, Step
from setpoint.schedules.decay import Cosine, Exponential, Polynomial
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole

INF = 10**9
"""What mmengine takes for no end."""


class MMEngine(Reader):
    """What all have in common: when a scheduler acts."""

    begin: Whole = 0
    end: Whole = INF
    last_step: Whole = -1
    by_epoch: Flag = True
    verbose: Flag = False

    def check(self) -> None:
        if self.end <= self.begin:
            refuse(f"end should be larger than begin, but got begin={self.begin}, end={self.end}", "end")
        if self.begin < 0:
            refuse("begin must not be negative", "begin")
        if self.last_step != -1:
            refuse("last_step resumes inside the library", "last_step")

    @property
    def last(self) -> int | None:
        """The last `k`; None where there is no end."""
        return None if self.end >= INF else self.end - self.begin - 1

    @property
    def total(self) -> int:
        """What mmengine calls total_iters: one less than the epochs from `begin` to `end`."""
        return self.end - self.begin - 1

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        self.check_groups(len(rates))
        held = [self.by_k(lr, lr, group) for group, lr in enumerate(rates)]
        return tuple(self.placed(spec, lr) for spec, lr in zip(held, rates, strict=True))

    def check_groups(self, groups: int) -> None:
        """Refuse what does not fit so many parameter groups."""

    @property
    def is_factor(self) -> bool:
        """Whether it multiplies the current learning rate, whatever that is."""
        return True

    @abstractmethod
    def by_k(self, current: float, base: float, group: int) -> Schedule:
        """What it makes of `current`, the learning rate that it finds; `base` is the optimizer's."""

    def acting(self, current: float, base: float, group: int) -> Schedule:
        """The same from epoch 0 on, with `current` before `begin`."""
        return self.placed(self.by_k(current, base, group), current)

    def placed(self, by_k: Schedule, current: float) -> Schedule:
        """A schedule by `k`, from `begin` to `end`."""
        return after(constant(current), (self.begin, shifted(by_k, 0, last=self.last)))


class StepLR(MMEngine):
    """Times `gamma ** floor(k / step_size)`."""

    step_size: Whole
    gamma: Real = 0.1

    def check(self) -> None:
        super().check()
        if self.step_size <= 0:
            refuse("step_size must be above 0", "step_size")

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        return Step(initial_lr=current, step_size=self.step_size, gamma=self.gamma)


class MultiStepLR(MMEngine):
    """Times `gamma ** (number of milestones <= k)`."""

    milestones: tuple[Whole, ...]
    gamma: Real = 0.1

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        milestones = tuple(sorted(milestone for milestone in self.milestones if milestone >= 0))
        if not milestones:
            return constant(current)
        return MultiStep(initial_lr=current, milestones=milestones, gamma=self.gamma)


class ConstantLR(MMEngine):
    """Times `factor`, until one epoch before `end`."""

    factor: Real = 1.0 / 3

    def check(self) -> None:
        super().check()
        if not 0 <= self.factor <= 1:
            refuse("Constant multiplicative factor should between 0 and 1.", "factor")
        if self.factor == 0 and self.last:
            refuse("ZeroDivisionError at its end: it divides by the factor to undo it", "factor")

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        low = constant(current * self.factor)
        return after(low, (self.last, constant(current))) if self.last else low


class ExponentialLR(MMEngine):
    """Times `gamma ** k`."""

    gamma: Real

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        return Exponential(initial_lr=current, gamma=self.gamma)


class LinearLR(MMEngine):
    """Times `start + (end - start) * k / total_iters`: the end one epoch before `end`."""

    start_factor: Real = 1.0 / 3
    end_factor: Real = 1.0

    def check(self) -> None:
        super().check()
        if not 0 <= self.start_factor <= 1:
            refuse("Starting multiplicative factor should between 0 and 1.", "start_factor")
        if not 0 <= self.end_factor <= 1:
            refuse("Ending multiplicative factor should between 0 and 1.", "end_factor")
        if self.start_factor == 0 and self.total > 0:
            refuse(f"ZeroDivisionError at epoch {self.begin + 1}: it starts at 0", "start_factor")

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        if self.total == 0:
            return constant(current * self.start_factor)
        return line(current * self.start_factor, current * self.end_factor, self.total)


class CosineAnnealingLR(MMEngine):
    """From the current learning rate to eta_min along a cosine of T_max, `end - begin` unless given."""

    T_max: Whole | None = None
    eta_min: Real | None = None
    eta_min_ratio: Real | None = None

    def check(self) -> None:
        super().check()
        if self.eta_min is not None and self.eta_min_ratio is not None:
            refuse("Either `eta_min` or `eta_min_ratio should be specified", "eta_min")
        if self.period < 0:
            refuse("T_max must be above 0", "T_max")

    @property
    def period(self) -> int:
        return self.T_max or self.end - self.begin

    def floor(self, base: float) -> float:
        return self.eta_min or 0.0 if self.eta_min_ratio is None else base * self.eta_min_ratio

    @property
    def is_factor(self) -> bool:
        return not self.eta_min and not self.eta_min_ratio and not self.turns

    @property
    def turns(self) -> bool:
        """Whether it goes on past its lowest point, where it rises towards the optimizer's learning rate."""
        return self.last is None or self.last > self.period

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        if self.turns and current != base and self.period < INF:
            refuse("past T_max it rises to the optimizer's learning rate, which is not the one that it started from")
        floor = self.floor(base)
        return Cosine(initial_lr=current, min_lr=floor, epochs=self.period, past_end="continue")


class PolyLR(MMEngine):
    """`eta_min + (current - eta_min) (1 - k / total_iters) ** power`."""

    eta_min: Real = 0.0
    power: Real = 1.0

    def check(self) -> None:
        super().check()
        if self.power < 0:
            refuse("ZeroDivisionError at its end: 0.0 cannot be raised to a negative power", "power")

    @property
    def is_factor(self) -> bool:
        return self.eta_min == 0

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        if self.total == 0 or self.power == 0:
            return constant(current)
        return Polynomial(initial_lr=current, min_lr=self.eta_min, epochs=self.total, power=self.power)


class CosineRestartLR(MMEngine):
    """A cosine from `base * weight` to eta_min in each period; after the last of them it stays."""

    periods: tuple[Whole, ...]
    restart_weights: tuple[Real, ...] = (1.0,)
    eta_min: Real | None = None
    eta_min_ratio: Real | None = None

    def check(self) -> None:
        super().check()
        if (self.eta_min is None) == (self.eta_min_ratio is None):
            refuse("AssertionError: eta_min or eta_min_ratio, and one only", "eta_min")
        if len(self.periods) != len(self.restart_weights) or not self.periods:
            refuse("periods and restart_weights should have the same length.", "restart_weights")
        if min(self.periods) <= 0:
            refuse("periods must be above 0", "periods")

    @property
    def is_factor(self) -> bool:
        return False

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        floor = (self.eta_min or 0.0) if self.eta_min_ratio is None else base * self.eta_min_ratio
        waves: list[tuple[int, Schedule]] = []
        start = 0
        for period, weight in zip(self.periods, self.restart_weights, strict=True):
            waves.append((start, Cosine(initial_lr=base * weight, min_lr=floor, epochs=period)))
            start += period
        return shifted(after(waves[0][1], *waves[1:]), 0, last=start - 1)


class OneCycleLR(MMEngine):
    """From `eta_max / div_factor` up to eta_max, and down; see `one_cycle`."""

    eta_max: PerGroup = 0.0
    total_steps: Whole | None = None
    pct_start: Number = 0.3
    anneal_strategy: Literal["cos", "linear"] = "cos"
    div_factor: Real = 25.0
    final_div_factor: Real = 1e4
    three_phase: Flag = False

    def check(self) -> None:
        super().check()
        if self.total_steps is not None and self.total_steps <= 0:
            refuse(f"Expected positive integer total_steps, but got {self.total_steps}", "total_steps")
        if not isinstance(self.pct_start, float) or not 0 <= self.pct_start <= 1:
            refuse(f"Expected float between 0 and 1 pct_start, but got {self.pct_start}", "pct_start")
        if self.div_factor <= 0 or self.final_div_factor <= 0:
            refuse("div_factor and final_div_factor must be above 0", "div_factor")
        if self.last is not None and self.last > self.steps:
            refuse(f"ValueError at epoch {self.begin + self.steps + 1}: it is past its total_steps", "total_steps")

    @property
    def steps(self) -> int:
        return self.end - self.begin if self.total_steps is None else self.total_steps

    @property
    def is_factor(self) -> bool:
        return False

    def by_k(self, current: float, base: float, group: int) -> Schedule:
        peak = self.eta_max[group] if isinstance(self.eta_max, tuple) else self.eta_max
        initial = peak / self.div_factor
        shape: one_cycle.Shape = "cosine" if self.anneal_strategy == "cos" else "linear"
        final, share = initial / self.final_div_factor, float(self.pct_start)
        cycle = one_cycle.Cycle(self.steps, share, initial, peak, final, self.three_phase, shape)
        return cycle.spec(self.div_factor, self.final_div_factor)

    def check_groups(self, groups: int) -> None:
        per_group("max_lr", self.eta_max, groups)

    def notes(self) -> Iterable[str]:
        if self.last is None:
            yield f"from epoch {self.begin + self.steps + 1} on mmengine raises ValueError, past its total_steps"
