"""torch.optim.lr_scheduler. `b` is the group's learning rate, `t` counts calls of `step()`.

Most of torch's schedulers multiply the current learning rate step by step; what is built here is the closed form.
Inside a SequentialLR or a ChainedScheduler the difference shows, and a member says there what it does: see `Member`.
"""

import math
from abc import abstractmethod

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, constant, line
from setpoint.interop.reading.reader import OnOptimizer, Reader
from setpoint.schedules.basic import MultiStep, Step
from setpoint.schedules.decay import Cosine, Exponential, Polynomial
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole

MOMENTUM = "the momentum that it cycles is not imported: it is a hyperparameter, with a schedule of its own"


class Torch(Reader):
    """What all have in common."""

    last_epoch: Whole = -1

    def check(self) -> None:
        if self.last_epoch != -1:
            refuse("last_epoch resumes inside the library; the schedule is the same without it", "last_epoch")


class Member(Torch, OnOptimizer):
    """A scheduler that multiplies the current learning rate: where several are chained, their factors multiply."""

    def started_later(self, lr: float) -> Schedule:
        """What it does as a later member of a SequentialLR, which starts it by its closed form."""
        return self.spec(lr)

    @abstractmethod
    def jolt(self) -> float:
        """The factor of a `step()` to epoch 0 where there should have been none (a composite inside a SequentialLR)."""

    def last_factor_epoch(self) -> int | None:
        """The last epoch up to which it is a mere factor; None: it always is."""
        return None

    def neutral_from(self) -> int | None:
        """From where on its factor is 1; None: it never stays there."""
        return None


class StepLR(Member):
    """`b * gamma ** floor(t / step_size)`."""

    step_size: Whole
    gamma: Real = 0.1

    def check(self) -> None:
        super().check()
        if self.step_size == 0:
            refuse("ZeroDivisionError at epoch 1: step_size is 0", "step_size")
        if self.step_size < 0:
            refuse("with a negative step_size step() lowers the learning rate, and step(epoch) raises it", "step_size")

    def spec(self, lr: float) -> Schedule:
        return Step(initial_lr=lr, step_size=self.step_size, gamma=self.gamma)

    def jolt(self) -> float:
        return 1.0


class MultiStepLR(Member):
    """`b * gamma ** (number of milestones <= t)`."""

    milestones: tuple[Whole, ...]
    gamma: Real = 0.1

    def check(self) -> None:
        super().check()
        if any(milestone < 0 for milestone in self.milestones):
            refuse("step() never meets a negative milestone, step(epoch) has passed it already", "milestones")

    def spec(self, lr: float) -> Schedule:
        if not self.milestones:
            return constant(lr)
        return MultiStep(initial_lr=lr, milestones=tuple(sorted(self.milestones)), gamma=self.gamma)

    def jolt(self) -> float:
        return 1.0


class ConstantLR(Member):
    """`b * factor` before total_iters, `b` from then on; with total_iters 0 `b * factor` for ever."""

    factor: Real = 1.0 / 3
    total_iters: Whole = 5

    def check(self) -> None:
        super().check()
        if not 0 <= self.factor <= 1:
            refuse("Constant multiplicative factor expected to be between 0 and 1.", "factor")
        if self.factor == 0 and self.total_iters > 0:
            refuse(f"ZeroDivisionError at epoch {self.total_iters}: it divides by the factor to undo it", "factor")

    def spec(self, lr: float) -> Schedule:
        low = constant(lr * self.factor)
        return after(low, (self.total_iters, constant(lr))) if self.total_iters > 0 else low

    def started_later(self, lr: float) -> Schedule:
        return after(constant(lr * self.factor), (self.total_iters, constant(lr)))

    def jolt(self) -> float:
        return 1.0

    def neutral_from(self) -> int | None:
        return self.total_iters if self.total_iters > 0 else None


class LinearLR(Member):
    """`b * (start + (end - start) * min(t, total_iters) / total_iters)`; with total_iters 0 `b * start` for ever."""

    start_factor: Real = 1.0 / 3
    end_factor: Real = 1.0
    total_iters: Whole = 5

    def check(self) -> None:
        super().check()
        if not 0 < self.start_factor <= 1:
            reason = "Starting multiplicative factor expected to be greater than 0 and less or equal to 1."
            refuse(reason, "start_factor")
        if not 0 <= self.end_factor <= 1:
            refuse("Ending multiplicative factor expected to be between 0 and 1.", "end_factor")

    def spec(self, lr: float) -> Schedule:
        final = self.end_factor if self.total_iters > 0 else self.start_factor
        return line(lr * self.start_factor, lr * final, self.total_iters)

    def started_later(self, lr: float) -> Schedule:
        if self.total_iters == 0:
            refuse("ZeroDivisionError at its milestone: total_iters is 0", "total_iters")
        if self.total_iters < 0:
            refuse("with a negative total_iters it starts elsewhere as a later member", "total_iters")
        return self.spec(lr)

    def jolt(self) -> float:
        return 1.0

    def neutral_from(self) -> int | None:
        return self.total_iters if self.total_iters > 0 and self.end_factor == 1 else None


class ExponentialLR(Member):
    """`b * gamma ** t`."""

    gamma: Real

    def spec(self, lr: float) -> Schedule:
        return Exponential(initial_lr=lr, gamma=self.gamma)

    def jolt(self) -> float:
        return self.gamma


class PolynomialLR(Member):
    """`b * (1 - min(t, total_iters) / total_iters) ** power`; with total_iters 0 `b` for ever."""

    total_iters: Whole = 5
    power: Real = 1.0

    def check(self) -> None:
        super().check()
        if self.power < 0 < self.total_iters:
            refuse(f"ZeroDivisionError at epoch {self.total_iters}: 0.0 cannot be raised to a negative power", "power")

    def spec(self, lr: float) -> Schedule:
        if self.total_iters <= 0 or self.power == 0:
            return constant(lr)
        return Polynomial(initial_lr=lr, epochs=self.total_iters, power=self.power)

    def started_later(self, lr: float) -> Schedule:
        if self.total_iters == 0:
            refuse("ZeroDivisionError at its milestone: total_iters is 0", "total_iters")
        if self.total_iters < 0:
            refuse("with a negative total_iters it starts elsewhere as a later member", "total_iters")
        return self.spec(lr)

    def jolt(self) -> float:
        return (self.total_iters / (self.total_iters + 1)) ** self.power if self.total_iters > 0 else 1.0


class CosineAnnealingLR(Member):
    """`eta_min + (b - eta_min) * (1 + cos(pi t / T_max)) / 2`, on and on: it rises again after T_max."""

    T_max: Whole
    eta_min: Real = 0.0

    def check(self) -> None:
        super().check()
        if self.T_max == 0:
            refuse("ZeroDivisionError at epoch 1: T_max is 0", "T_max")
        if self.T_max < 0:
            refuse("T_max is negative: step() and step(epoch) disagree on it", "T_max")

    def spec(self, lr: float) -> Schedule:
        return Cosine(initial_lr=lr, epochs=self.T_max, min_lr=self.eta_min, past_end="continue")

    def jolt(self) -> float:
        if self.eta_min != 0 or self.T_max == 1:
            refuse("CosineAnnealingLR starts one step ahead there, which is another cosine")
        return 2.0 / (1.0 + math.cos(math.pi / self.T_max))

    def last_factor_epoch(self) -> int | None:
        return self.T_max if self.eta_min == 0 else 0
