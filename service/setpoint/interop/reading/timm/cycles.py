"""timm.scheduler: the values after `step(t)`. `b` is the group's learning rate."""

import math
from abc import abstractmethod
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import constant, line, shifted
from setpoint.interop.reading.reader import Number, Reader
from setpoint.interop.reading.restarts import around_boundaries, as_computed
from setpoint.interop.reading.timm.base import Timm, Warmed
from setpoint.interop.reading.timm.wsd import WSDLRScheduler
from setpoint.plateau.spec import PlateauSpec
from setpoint.plateau.variants import TorchPlateau
from setpoint.schedules.basic import MultiStep, Step
from setpoint.schedules.cycle import CosineRestarts, Restarts
from setpoint.schedules.decay import Exponential, Polynomial, Ramp
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole


class Cycling(Warmed):
    """cycle_limit cycles, each cycle_mul times as long and cycle_decay times as high as the last; then lr_min."""

    t_initial: Whole
    lr_min: Real = 0.0
    cycle_mul: Real = 1.0
    cycle_decay: Real = 1.0
    cycle_limit: Whole = 1

    def check(self) -> None:
        super().check()
        if self.t_initial <= 0:
            refuse("AssertionError: t_initial must be above 0", "t_initial")
        if self.lr_min < 0:
            refuse("AssertionError: lr_min must not be negative", "lr_min")
        if self.cycle_mul < 1:
            refuse("with a cycle_mul below 1 the cycles shrink to nothing, and past that ValueError", "cycle_mul")

    def body(self, lr: float) -> Schedule:
        if self.cycle_limit <= 0:
            return constant(self.lr_min)
        cycles = self.cycles(lr)
        if self.cycle_mul == 1:
            return cycles

        def library(t: int) -> float:
            return self._as_timm_computes(lr, t)

        epochs = around_boundaries(self.t_initial, self.cycle_mul, self.cycle_limit)
        return as_computed(cycles, library, epochs, max(lr, self.lr_min))

    @abstractmethod
    def cycles(self, lr: float) -> Schedule:
        """All of the cycles, and what comes after."""

    @abstractmethod
    def left(self, passed: float, length: float) -> float:
        """What is left of the way, `passed` into a cycle."""

    def _as_timm_computes(self, lr: float, t: int) -> float:
        """The value at `t`, where the cycle is the floor of a logarithm."""
        mul = self.cycle_mul
        i = math.floor(math.log(1 - t / self.t_initial * (1 - mul), mul))
        if i >= self.cycle_limit:
            return self.lr_min
        length = mul**i * self.t_initial
        left = self.left(t - (1 - mul**i) / (1 - mul) * self.t_initial, length)
        if isinstance(left, complex):
            refuse(f"at epoch {t} rounding makes timm take the root of a negative number")
        return self.lr_min + (lr * self.cycle_decay**i - self.lr_min) * left


class CosineLRScheduler(Cycling):
    """`lr_min + (b d ** i - lr_min) (1 + cos(pi (u / T_i) ** k)) / 2`, `u` into cycle `i`."""

    k_decay: Real = 1.0

    def cycles(self, lr: float) -> Schedule:
        return CosineRestarts(
            initial_lr=lr,
            cycle_epochs=self.t_initial,
            cycle_mult=self.cycle_mul,
            cycle_decay=self.cycle_decay,
            min_lr=self.lr_min,
            time_power=self.k_decay,
            cycles=self.cycle_limit,
        )

    def left(self, passed: float, length: float) -> float:
        return 0.5 * (1 + math.cos(math.pi * passed**self.k_decay / length**self.k_decay))


class PolyLRScheduler(Cycling):
    """`lr_min + (b d ** i - lr_min) (1 - (u / T_i) ** k) ** power`, `u` into cycle `i`."""

    power: Real = 0.5
    k_decay: Real = 1.0

    def cycles(self, lr: float) -> Schedule:
        way = Polynomial(
            initial_lr=lr, min_lr=self.lr_min, epochs=self.t_initial, power=self.power, time_power=self.k_decay
        )
        if self.cycle_limit == 1:
            return way
        return Restarts(schedule=way, cycle_mult=self.cycle_mul, cycle_decay=self.cycle_decay, cycles=self.cycle_limit)

    def left(self, passed: float, length: float) -> float:
        left: float = (1 - passed**self.k_decay / length**self.k_decay) ** self.power
        return left


class TanhLRScheduler(Cycling):
    """`lr_min + (b d ** i - lr_min) (1 - tanh(lb (1 - x) + ub x)) / 2`, `x = u / T_i`.

    Without warmup_prefix the warm-up goes to where the curve is when it takes over.
    """

    lb: Real = -7.0
    ub: Real = 3.0

    def check(self) -> None:
        super().check()
        if self.lb >= self.ub:
            refuse("AssertionError: lb must be below ub", "lb")
        if self.cycle_limit < 0:
            refuse("AssertionError: cycle_limit must not be negative", "cycle_limit")
        if self.warmup_lr_init < 0:
            refuse("AssertionError: warmup_lr_init must not be negative", "warmup_lr_init")

    def target(self, lr: float, body: Schedule) -> float:
        return lr if self.prefixed else body.lr(self.warmup_t)

    def cycles(self, lr: float) -> Schedule:
        way = Ramp(
            initial_lr=lr, final_lr=self.lr_min, epochs=self.t_initial, shape="tanh", lower=self.lb, upper=self.ub
        )
        if self.cycle_limit == 1:
            return way
        return Restarts(schedule=way, cycle_mult=self.cycle_mul, cycle_decay=self.cycle_decay, cycles=self.cycle_limit)

    def left(self, passed: float, length: float) -> float:
        x = passed / length
        return 0.5 * (1 - math.tanh(self.lb * (1.0 - x) + self.ub * x))


class StepLRScheduler(Warmed):
    """`b * decay_rate ** (t // decay_t)`; decay_t need not be whole."""

    PREFIX = True
    decay_t: Number
    decay_rate: Real = 1.0

    def check(self) -> None:
        super().check()
        if self.decay_t <= 0:
            refuse("decay_t must be above 0", "decay_t")

    def body(self, lr: float) -> Schedule:
        if self.decay_t == int(self.decay_t):
            return Step(initial_lr=lr, step_size=int(self.decay_t), gamma=self.decay_rate)
        return Exponential(initial_lr=lr, gamma=self.decay_rate, decay_epochs=tread(self.decay_t), staircase=True)


def tread(length: float) -> float:
    """The length for which `floor(t / length)` is Python's `t // length`.

    They differ where `length` is a little more than the fraction that was meant, and `t` a multiple of that: the
    exact quotient is then just below a whole number, and the division rounds it up.
    """
    meant = Fraction(length).limit_denominator(1_000_000)
    return length if Fraction(length) <= meant else length * (1 + 2**-50)


class MultiStepLRScheduler(Warmed):
    """`b * decay_rate ** (number of milestones <= t + 1)`: one epoch earlier than torch's."""

    PREFIX = True
    decay_t: tuple[Whole, ...]
    decay_rate: Real = 1.0

    def check(self) -> None:
        super().check()
        if any(later < earlier for earlier, later in pairwise(self.decay_t)):
            refuse("milestones out of order: timm searches them as if they were sorted", "decay_t")

    def body(self, lr: float) -> Schedule:
        if not self.decay_t:
            return constant(lr)
        milestones = tuple(max(milestone, 0) for milestone in self.decay_t)
        return shifted(MultiStep(initial_lr=lr, milestones=milestones, gamma=self.decay_rate), 1)


class PlateauLRScheduler(Timm):
    """torch's policy, after a warm-up whose metrics do not count."""

    decay_rate: Real = 0.1
    patience_t: Whole = 10
    threshold: Real = 1e-4
    cooldown_t: Whole = 0
    lr_min: Real = 0.0
    mode: Literal["min", "max"] = "max"

    def check(self) -> None:
        super().check()
        if self.decay_rate >= 1:
            refuse("Factor should be < 1.0.", "decay_rate")

    def spec(self, lr: float) -> Schedule:
        return line(self.warmup_lr_init, lr, self.warmup_t)

    def plateau(self, groups: int) -> PlateauSpec:
        return TorchPlateau(
            mode=self.mode,
            factor=max(self.decay_rate, 0.0),
            patience=self.patience_t,
            threshold=self.threshold,
            cooldown=max(self.cooldown_t, 0),
            min_lr=self.lr_min,
            warmup_epochs=self.warmup_t,
        )


SCHEDULERS: dict[str, type[Reader]] = {
    "CosineLRScheduler": CosineLRScheduler,
    "PolyLRScheduler": PolyLRScheduler,
    "TanhLRScheduler": TanhLRScheduler,
    "StepLRScheduler": StepLRScheduler,
    "MultiStepLRScheduler": MultiStepLRScheduler,
    "WSDLRScheduler": WSDLRScheduler,
    "PlateauLRScheduler": PlateauLRScheduler,
}
