"""keras.optimizers.schedules and the plateau callback, as Keras computes them in float64. `t` counts updates."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, constant, line
from setpoint.interop.reading.reader import ByItself, Code, Flag, OnOptimizer, Reader
from setpoint.interop.reading.restarts import log_restarts
from setpoint.plateau.spec import PlateauSpec
from setpoint.plateau.variants import KerasPlateau
from setpoint.schedules.basic import Piecewise
from setpoint.schedules.decay import Cosine, Exponential, InverseTime, Polynomial
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole


class Keras(ByItself):
    """What all schedules take."""

    name: str | None = None


class Decay(Keras):
    """Those that decay over decay_steps."""

    initial_learning_rate: Real
    decay_steps: Real

    def check(self) -> None:
        if self.decay_steps <= 0:
            refuse(f"Argument `decay_steps` must be > 0. Received: decay_steps={self.decay_steps}", "decay_steps")

    @property
    def n(self) -> int:
        if self.decay_steps != int(self.decay_steps):
            refuse("decay_steps must be whole here", "decay_steps")
        return int(self.decay_steps)


class ExponentialDecay(Decay):
    """`i * rate ** (t / n)`; staircase: `floor(t / n)`."""

    decay_rate: Real
    staircase: Flag = False

    def spec(self) -> Schedule:
        return Exponential(
            initial_lr=self.initial_learning_rate,
            gamma=self.decay_rate,
            decay_epochs=self.decay_steps,
            staircase=self.staircase,
        )


class InverseTimeDecay(Decay):
    """`i / (1 + rate * t / n)`; staircase: `floor(t / n)`."""

    decay_rate: Real
    staircase: Flag = False

    def spec(self) -> Schedule:
        return InverseTime(
            initial_lr=self.initial_learning_rate,
            decay_rate=self.decay_rate,
            decay_epochs=self.decay_steps,
            staircase=self.staircase,
        )


class PiecewiseConstantDecay(Keras):
    """`values[number of boundaries < t]`: a boundary belongs to the value on its left."""

    boundaries: tuple[Whole, ...]
    values: tuple[Real, ...]

    def check(self) -> None:
        if len(self.boundaries) != len(self.values) - 1:
            refuse(
                "The length of boundaries should be 1 less than the length of values. "
                f"Received: boundaries={list(self.boundaries)} of length {len(self.boundaries)}, "
                f"and values={list(self.values)} of length {len(self.values)}.",
                "values",
            )
        if not self.boundaries:
            refuse("IndexError at step 0: there is no boundary", "boundaries")
        if any(later < earlier for earlier, later in pairwise(self.boundaries)):
            refuse("boundaries out of order: values are added up where they overlap", "boundaries")

    def spec(self) -> Schedule:
        kept = [i for i, boundary in enumerate(self.boundaries) if boundary >= 0]
        if not kept:
            return constant(self.values[-1])
        return Piecewise(milestones=tuple(self.boundaries[i] for i in kept), values=self.values[kept[0] :], side="left")


class PolynomialDecay(Decay):
    """`end + (i - end) (1 - min(t, n) / n) ** power`; cycle: `n` becomes its next multiple instead."""

    end_learning_rate: Real = 1e-4
    power: Real = 1.0
    cycle: Flag = False

    def check(self) -> None:
        super().check()
        if self.power < 0:
            refuse("with a negative power it is infinite at the end", "power")

    def spec(self) -> Schedule:
        if self.power == 0:
            return constant(self.initial_learning_rate)
        return Polynomial(
            initial_lr=self.initial_learning_rate,
            min_lr=self.end_learning_rate,
            epochs=self.n,
            power=self.power,
            past_end="stretch" if self.cycle else "hold",
        )


class CosineDecay(Decay):
    """`i * ((1 - alpha) (1 + cos(pi min(t, n) / n)) / 2 + alpha)`.

    With warmup_target: a line from `i` to it over warmup_steps, and then the cosine from there, over `n` steps more.
    """

    alpha: Real = 0.0
    warmup_target: Real | None = None
    warmup_steps: Real = 0

    def check(self) -> None:
        super().check()
        if self.warmup_target is not None and (self.warmup_steps < 0 or self.warmup_steps != int(self.warmup_steps)):
            refuse("warmup_steps must be whole and not negative", "warmup_steps")

    def spec(self) -> Schedule:
        if self.warmup_target is None:
            return self._cosine(self.initial_learning_rate)
        w, target = int(self.warmup_steps), self.warmup_target
        return after(line(self.initial_learning_rate, target, w), (w, self._cosine(target)))

    def _cosine(self, start: float) -> Schedule:
        return Cosine(initial_lr=start, min_lr=start * self.alpha, epochs=self.n)

    def notes(self) -> Iterable[str]:
        if self.warmup_steps and self.warmup_target is None:
            yield "without warmup_target there is no warm-up: warmup_steps is not used"


class CosineDecayRestarts(Keras):
    """`i * ((1 - alpha) m_mul ** k (1 + cos(pi x)) / 2 + alpha)`, cycle `k` being `first * t_mul ** k` long."""

    initial_learning_rate: Real
    first_decay_steps: Real
    t_mul: Real = 2.0
    m_mul: Real = 1.0
    alpha: Real = 0.0

    def check(self) -> None:
        if self.first_decay_steps <= 0:
            reason = f"Argument `first_decay_steps` must be > 0. Received: first_decay_steps={self.first_decay_steps}"
            refuse(reason, "first_decay_steps")
        if self.t_mul < 1:
            refuse("with a t_mul below 1 the cycles shrink to nothing, and past that there is no value", "t_mul")
        if self.first_decay_steps != int(self.first_decay_steps):
            refuse("first_decay_steps must be whole", "first_decay_steps")

    def spec(self) -> Schedule:
        start = self.initial_learning_rate
        return log_restarts(start, start * self.alpha, int(self.first_decay_steps), self.t_mul, self.m_mul)


class ReduceLROnPlateau(OnOptimizer):
    """The learning rate times `factor` after `patience` metrics in a row that were no better."""

    monitor: str = "val_loss"
    factor: Real = 0.1
    patience: Whole = 10
    verbose: Whole = 0
    mode: Literal["auto", "min", "max"] = "auto"
    min_delta: Real = 1e-4
    cooldown: Whole = 0
    min_lr: Real = 0.0

    def check(self) -> None:
        if self.factor >= 1:
            refuse(f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={self.factor}", "factor")

    def spec(self, lr: float) -> Schedule:
        return constant(lr)

    def plateau(self, groups: int) -> PlateauSpec:
        return KerasPlateau(
            variant="keras",
            factor=max(self.factor, 0.0),
            patience=max(self.patience, 0),
            mode=self._mode(),
            min_delta=abs(self.min_delta),
            cooldown=max(self.cooldown, 0),
            min_lr=self.min_lr,
        )

    def _mode(self) -> Literal["min", "max"]:
        if self.mode != "auto":
            return self.mode
        if self.monitor not in ("val_loss", "loss"):
            refuse(f"mode auto asks the compiled model whether {self.monitor} is to fall: say min or max", "mode")
        return "min"


SCHEDULERS: dict[str, type[Reader]] = {
    "ExponentialDecay": ExponentialDecay,
    "InverseTimeDecay": InverseTimeDecay,
    "PiecewiseConstantDecay": PiecewiseConstantDecay,
    "PolynomialDecay": PolynomialDecay,
    "CosineDecay": CosineDecay,
    "CosineDecayRestarts": CosineDecayRestarts,
    "ReduceLROnPlateau": ReduceLROnPlateau,
    "LearningRateScheduler": Code,
}
