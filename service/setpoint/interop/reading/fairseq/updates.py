"""fairseq.optim.lr_scheduler, by class or by registered name: the values after `step_update(t)`."""

import math
from abc import abstractmethod
from fractions import Fraction

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, constant, line, ramp
from setpoint.interop.reading.reader import ByItself, Flag, PerGroup
from setpoint.interop.reading.restarts import around_boundaries, as_computed
from setpoint.schedules.basic import Step
from setpoint.schedules.compose import Clamp
from setpoint.schedules.cycle import CosineRestarts, Cyclic
from setpoint.schedules.decay import Polynomial
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole
from setpoint.schedules.warm import InverseSqrt


class Fairseq(ByItself):
    """`lr` is a list there; with more than one, the others are for later passes over the data."""

    lr: PerGroup

    def check(self) -> None:
        if isinstance(self.lr, tuple) and len(self.lr) != 1:
            refuse("a list of learning rates goes by passes over the data, and the schedule by updates", "lr")

    @property
    def top(self) -> float:
        return self.lr[0] if isinstance(self.lr, tuple) else self.lr


class Warmed(Fairseq):
    """A line from warmup_init_lr over warmup_updates, and then a body on a clock that starts there."""

    warmup_updates: Whole = 0
    warmup_init_lr: Real = -1.0
    min_lr: Real = 0.0

    def check(self) -> None:
        super().check()
        if self.warmup_updates < 0:
            refuse("warmup_updates must not be negative", "warmup_updates")
        if self.top <= self.min_lr:
            refuse(f"max_lr (={self.top}) must be more than min_lr (={self.min_lr})", "min_lr")

    @abstractmethod
    def body(self) -> Schedule:
        """What follows the warm-up."""

    def spec(self) -> Schedule:
        start = self.min_lr if self.warmup_init_lr < 0 else self.warmup_init_lr
        return after(line(start, self.top, self.warmup_updates), (self.warmup_updates, self.body()))


class CosineLRSchedule(Warmed):
    """`m + (M - m) (1 + cos(pi u / T_i)) / 2`; t_mult makes each period longer, lr_shrink its `m` and `M` lower."""

    t_mult: Real = 1.0
    lr_period_updates: Real = -1.0
    lr_shrink: Real = 0.1
    max_update: Whole = 0

    def check(self) -> None:
        super().check()
        if self.lr_period_updates <= 0 and self.max_update <= 0:
            refuse("Either --max_update or --lr-period-updates must be set", "lr_period_updates")
        if self.period <= 0:
            refuse("max_update must be above warmup_updates", "max_update")
        if self.t_mult < 1:
            refuse("with a t_mult below 1 the periods shrink to nothing, and past that there is no value", "t_mult")
        if self.t_mult == 1 and Fraction(self.period).denominator > 1024:
            refuse("a period of so fine a part of an update restarts where rounding falls", "lr_period_updates")

    @property
    def period(self) -> float:
        return self.lr_period_updates if self.lr_period_updates > 0 else self.max_update - self.warmup_updates

    def body(self) -> Schedule:
        cycles = CosineRestarts(
            initial_lr=self.top,
            cycle_epochs=self.period,
            cycle_mult=self.t_mult,
            cycle_decay=self.lr_shrink,
            decays="both",
            min_lr=self.min_lr,
        )
        if self.t_mult == 1:
            return cycles
        return as_computed(cycles, self._as_computed, around_boundaries(self.period, self.t_mult), self.top)

    def _as_computed(self, t: int) -> float:
        """The value at `t`, where the period is the floor of a logarithm."""
        mult = self.t_mult
        i = math.floor(math.log(1 - t / self.period * (1 - mult), mult))
        passed = t - (1 - mult**i) / (1 - mult) * self.period
        low, high = self.min_lr * self.lr_shrink**i, self.top * self.lr_shrink**i
        return low + 0.5 * (high - low) * (1 + math.cos(math.pi * passed / (mult**i * self.period)))


class InverseSquareRootSchedule(Fairseq):
    """A line over warmup_updates, `w`, and then `lr * sqrt(w / t)`."""

    warmup_updates: Whole = 4000
    warmup_init_lr: Real = -1.0

    def check(self) -> None:
        super().check()
        if self.warmup_updates <= 0:
            refuse("ZeroDivisionError: warmup_updates must be above 0", "warmup_updates")

    def spec(self) -> Schedule:
        start = max(self.warmup_init_lr, 0.0)
        return InverseSqrt(peak_lr=self.top, warmup_epochs=self.warmup_updates, warmup_initial_lr=start)


class PolynomialDecayLRSchedule(Fairseq):
    """`lr t / w`, then `end + (lr - end) (1 - (t - w) / (n - w)) ** power`, and `end` from `n` on."""

    warmup_updates: Whole = 0
    force_anneal: Whole | None = None
    end_learning_rate: Real = 0.0
    power: Real = 1.0
    total_num_update: Real = 1_000_000

    def check(self) -> None:
        super().check()
        if self.force_anneal is not None:
            refuse("force_anneal goes by passes over the data, and the schedule by updates", "force_anneal")
        if self.warmup_updates < 0:
            refuse("warmup_updates must not be negative", "warmup_updates")
        if self.total_num_update != int(self.total_num_update):
            refuse("total_num_update must be whole", "total_num_update")
        if self.power < 0:
            refuse("with a negative power it grows beyond all numbers", "power")

    def spec(self) -> Schedule:
        w, n = self.warmup_updates, int(self.total_num_update)
        way, end = line(0.0, self.top, w), constant(self.end_learning_rate)
        if n <= w:
            return after(way, (w + 1 if w > 0 else 0, end))
        if self.power == 0:
            return after(way, (w, constant(self.top)), (n, end))
        decay = Polynomial(initial_lr=self.top, min_lr=self.end_learning_rate, epochs=n - w, power=self.power)
        return after(way, (w, decay))


class StepLRSchedule(Warmed):
    """`max(lr * lr_decay ** floor(u / period), min_lr)`; the period's name is misspelt in the library."""

    lr_deacy_period: Whole = 25_000
    lr_decay_period: Whole | None = None
    lr_decay: Real = 0.5

    def check(self) -> None:
        super().check()
        if self.period <= 0:
            refuse("AssertionError: lr_decay_period must be above 0", "lr_deacy_period")
        if self.lr_decay > 1:
            refuse("AssertionError: lr_decay must not be above 1", "lr_decay")
        if self.min_lr < 0:
            refuse("AssertionError: min_lr must not be negative", "min_lr")

    @property
    def period(self) -> int:
        return self.lr_deacy_period if self.lr_decay_period is None else self.lr_decay_period

    def body(self) -> Schedule:
        steps = Step(initial_lr=self.top, step_size=self.period, gamma=self.lr_decay)
        return Clamp(schedule=steps, min_lr=self.min_lr) if self.min_lr > 0 else steps


class TriStageLRSchedule(Fairseq):
    """A line from `lr * init_lr_scale`, `lr`, and a geometric decay to `lr * final_lr_scale`."""

    warmup_steps: Whole = 4000
    hold_steps: Whole = 20_000
    decay_steps: Whole = 60_000
    phase_ratio: tuple[Real, Real, Real] | None = None
    init_lr_scale: Real = 0.01
    final_lr_scale: Real = 0.01
    max_update: Real = 0.0

    def check(self) -> None:
        super().check()
        if self.phase_ratio is not None and self.max_update <= 0:
            refuse("AssertionError: phase_ratio needs max_update", "max_update")
        if self.phase_ratio is not None and sum(self.phase_ratio) != 1:
            refuse("phase ratios must add up to 1", "phase_ratio")
        if min(self.stages()) < 0 or self.stages()[2] == 0:
            refuse("ZeroDivisionError: decay_steps must be above 0", "decay_steps")
        if self.final_lr_scale <= 0:
            refuse("ValueError: its logarithm is taken", "final_lr_scale")

    def stages(self) -> tuple[int, int, int]:
        if self.phase_ratio is None:
            return self.warmup_steps, self.hold_steps, self.decay_steps
        first, second, third = (int(self.max_update * ratio) for ratio in self.phase_ratio)
        return first, second, third

    def spec(self) -> Schedule:
        lr = self.top
        warmup, hold, decay = self.stages()
        down = ramp(lr, lr * self.final_lr_scale, decay, "geometric")
        return after(line(lr * self.init_lr_scale, lr, warmup), (warmup, constant(lr)), (warmup + hold, down))


class TriangularLRSchedule(Fairseq):
    """Triangles from `lr` to max_lr, whose tops (shrink_min: and feet) shrink with lr_shrink."""

    max_lr: Real
    lr_period_updates: Real = 5000.0
    lr_shrink: Real = 0.1
    shrink_min: Flag = False

    def check(self) -> None:
        super().check()
        if self.max_lr <= self.top:
            refuse("max_lr must be more than lr", "max_lr")
        if self.lr_period_updates < 2:
            refuse("ZeroDivisionError: a period has two updates at least", "lr_period_updates")

    def spec(self) -> Schedule:
        return Cyclic(
            min_lr=self.top,
            peak_lr=self.max_lr,
            up_epochs=int(self.lr_period_updates // 2),
            cycle_decay=self.lr_shrink,
            decays="both" if self.shrink_min else "peak",
        )


class FixedLRSchedule(Fairseq):
    """`lr (t + 1) / w` for `w` updates, and then `lr`."""

    warmup_updates: Whole = 0
    force_anneal: Whole | None = None
    lr_shrink: Real = 0.1

    def check(self) -> None:
        super().check()
        if self.force_anneal is not None:
            refuse("force_anneal goes by passes over the data, and the warm-up by updates", "force_anneal")

    def spec(self) -> Schedule:
        w = self.warmup_updates
        return line(self.top / w, self.top, w - 1) if w > 1 else constant(self.top)
