"""paddle.optimizer.lr. `b` is learning_rate, `t` counts calls of `step()`."""

import math
from itertools import pairwise

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import constant, line
from setpoint.interop.reading.reader import ByItself, Flag
from setpoint.schedules.basic import MultiStep, Piecewise, Step
from setpoint.schedules.decay import Cosine, Exponential, InverseTime, Polynomial
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole
from setpoint.schedules.warm import InverseSqrt


class Paddle(ByItself):
    """What all have in common."""

    last_epoch: Whole = -1
    verbose: Flag = False

    def check(self) -> None:
        if self.last_epoch != -1:
            refuse("last_epoch resumes inside the library; the schedule is the same without it", "last_epoch")

    def stepped_to(self) -> Schedule:
        """What it gives where LinearWarmup steps it to each epoch by number."""
        return self.spec()


class Based(Paddle):
    """Those that take a learning rate."""

    learning_rate: Real

    def check(self) -> None:
        super().check()
        if self.learning_rate < 0:
            refuse(f"Invalid learning rate: {self.learning_rate}", "learning_rate")


class NoamDecay(Paddle):
    """`b * d_model ** -0.5 * min(t ** -0.5, t * warmup_steps ** -1.5)`; 0 at epoch 0."""

    d_model: Real
    warmup_steps: Whole
    learning_rate: Real = 1.0

    def check(self) -> None:
        super().check()
        if self.d_model <= 0:
            refuse("d_model should be grater than 0", "d_model")
        if self.warmup_steps <= 0:
            refuse("ZeroDivisionError: warmup_steps must be above 0", "warmup_steps")

    def spec(self) -> Schedule:
        peak = self.learning_rate * self.d_model**-0.5 * self.warmup_steps**-0.5
        return InverseSqrt(peak_lr=peak, warmup_epochs=self.warmup_steps)


class PiecewiseDecay(Paddle):
    """`values[number of boundaries <= t]`, and past the last boundary the last of the values."""

    boundaries: tuple[Whole, ...]
    values: tuple[Real, ...]

    def check(self) -> None:
        super().check()
        if not self.boundaries:
            refuse("The boundaries cannot be empty.", "boundaries")
        if len(self.values) <= len(self.boundaries):
            refuse("The values have one more element than boundaries", "values")
        if any(later < earlier for earlier, later in pairwise(self.boundaries)):
            refuse("boundaries out of order: the first that is not passed counts", "boundaries")

    def spec(self) -> Schedule:
        passed = sum(boundary < 0 for boundary in self.boundaries)
        later = self.boundaries[passed:]
        values = (*self.values[passed : len(self.boundaries)], self.values[-1])
        return Piecewise(milestones=later, values=values) if later else constant(values[-1])


class NaturalExpDecay(Based):
    """`b * exp(-gamma t)`."""

    gamma: Real

    def check(self) -> None:
        super().check()
        if self.gamma <= 0:
            refuse("'gamma' must be a positive number so that the learning rate will decay.", "gamma")

    def spec(self) -> Schedule:
        # exp(-1) over 1 / gamma epochs: exp(-gamma) would be rounded first, and then that raised to the power of t
        return Exponential(initial_lr=self.learning_rate, gamma=math.exp(-1.0), decay_epochs=1.0 / self.gamma)


class InverseTimeDecay(Based):
    """`b / (1 + gamma t)`."""

    gamma: Real

    def spec(self) -> Schedule:
        return InverseTime(initial_lr=self.learning_rate, decay_rate=self.gamma)


class ExponentialDecay(Based):
    """`b * gamma ** t`."""

    gamma: Real

    def check(self) -> None:
        super().check()
        if not 0 < self.gamma < 1:
            refuse("'gamma' must be in interval (0.0, 1.0) so that the learning rate will decay.", "gamma")

    def spec(self) -> Schedule:
        return Exponential(initial_lr=self.learning_rate, gamma=self.gamma)


class PolynomialDecay(Based):
    """`end + (b - end) (1 - min(t, n) / n) ** power`; cycle: `n` becomes its next multiple instead."""

    decay_steps: Whole
    end_lr: Real = 1e-4
    power: Real = 1.0
    cycle: Flag = False

    def check(self) -> None:
        super().check()
        if self.decay_steps <= 0:
            refuse("'decay_steps' must be a positive integer.", "decay_steps")
        if self.power <= 0:
            refuse("'power' must be greater than 0.0 so that the learning rate will decay.", "power")

    def spec(self) -> Schedule:
        return Polynomial(
            initial_lr=self.learning_rate,
            min_lr=self.end_lr,
            epochs=self.decay_steps,
            power=self.power,
            past_end="stretch" if self.cycle else "hold",
        )


class StepDecay(Based):
    """`b * gamma ** floor(t / step_size)`."""

    step_size: Whole
    gamma: Real = 0.1

    def check(self) -> None:
        super().check()
        if self.gamma >= 1:
            refuse("gamma should be < 1.0.", "gamma")
        if self.step_size <= 0:
            refuse("'step_size' must be a positive integer.", "step_size")

    def spec(self) -> Schedule:
        return Step(initial_lr=self.learning_rate, step_size=self.step_size, gamma=self.gamma)


class MultiStepDecay(Based):
    """`b * gamma ** (number of milestones <= t)`."""

    milestones: tuple[Whole, ...]
    gamma: Real = 0.1

    def check(self) -> None:
        super().check()
        if any(later <= earlier for earlier, later in pairwise(self.milestones)):
            refuse("The elements of milestones must be incremented", "milestones")
        if self.gamma >= 1:
            refuse("gamma should be < 1.0.", "gamma")

    def spec(self) -> Schedule:
        if not self.milestones:
            return constant(self.learning_rate)
        milestones = tuple(max(milestone, 0) for milestone in self.milestones)
        return MultiStep(initial_lr=self.learning_rate, milestones=milestones, gamma=self.gamma)


class CosineAnnealingDecay(Based):
    """`eta_min + (b - eta_min) (1 + cos(pi t / T_max)) / 2`, on and on."""

    T_max: Whole
    eta_min: Real = 0.0

    def check(self) -> None:
        super().check()
        if self.T_max <= 0:
            refuse("'T_max' must be a positive integer.", "T_max")

    def spec(self) -> Schedule:
        return Cosine(initial_lr=self.learning_rate, epochs=self.T_max, min_lr=self.eta_min, past_end="continue")


class LinearLR(Based):
    """`b * (start + (end - start) * min(t, total_steps) / total_steps)`."""

    total_steps: Whole
    start_factor: Real = 1.0 / 3
    end_factor: Real = 1.0

    def check(self) -> None:
        super().check()
        if not 0 < self.start_factor <= 1:
            reason = f"`start_factor` must be greater than 0 and less or equal to 1, but got {self.start_factor}"
            refuse(reason, "start_factor")
        if not 0 <= self.end_factor <= 1:
            refuse(f"`end_factor` must be greater than 0 and less than 1, but got {self.end_factor}", "end_factor")
        if self.total_steps <= 0:
            refuse(f"`total_steps` must be greater than 0, but got {self.total_steps}", "total_steps")

    def spec(self) -> Schedule:
        b = self.learning_rate
        return line(b * self.start_factor, b * self.end_factor, self.total_steps)
