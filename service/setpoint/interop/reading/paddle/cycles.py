"""Paddle's cycles, its warm-up around another scheduler, its plateau policy, and the names of them all."""

import math
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BeforeValidator

from setpoint.errors import Fault, InvalidRequest
from setpoint.interop.call import Call, refuse, within
from setpoint.interop.reading import one_cycle
from setpoint.interop.reading.paddle.decay import (
    Based,
    CosineAnnealingDecay,
    ExponentialDecay,
    InverseTimeDecay,
    LinearLR,
    MultiStepDecay,
    NaturalExpDecay,
    NoamDecay,
    Paddle,
    PiecewiseDecay,
    PolynomialDecay,
    StepDecay,
)
from setpoint.interop.reading.parts import after, constant, line
from setpoint.interop.reading.reader import Code, Flag, Number, NumberOrCall, Rates, Reader, opened
from setpoint.interop.reading.restarts import around_boundaries, as_computed
from setpoint.plateau.spec import PlateauSpec
from setpoint.plateau.variants import PaddlePlateau
from setpoint.schedules.cycle import CosineRestarts, Cyclic
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole

Lower = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class CosineAnnealingWarmRestarts(Based):
    """A cosine from `b` to eta_min over `T_0 * T_mult ** i` epochs, again and again."""

    T_0: Whole
    T_mult: Whole = 1
    eta_min: Real = 0.0

    def check(self) -> None:
        super().check()
        if self.T_0 <= 0:
            refuse(f"Expected positive integer T_0, but got {self.T_0}", "T_0")
        if self.T_mult < 1:
            refuse(f"Expected integer T_mult >= 1, but got {self.T_mult}", "T_mult")

    def spec(self) -> Schedule:
        return CosineRestarts(
            initial_lr=self.learning_rate, cycle_epochs=self.T_0, cycle_mult=self.T_mult, min_lr=self.eta_min
        )

    def stepped_to(self) -> Schedule:
        """By number it takes the floor of a logarithm for the cycle, and rounding moves some restarts."""
        if self.T_mult == 1:
            return self.spec()
        epochs = around_boundaries(self.T_0, self.T_mult)
        return as_computed(self.spec(), self._by_number, epochs, max(self.learning_rate, self.eta_min))

    def _by_number(self, t: int) -> float:
        n = int(math.log(t / self.T_0 * (self.T_mult - 1) + 1, self.T_mult)) if t >= self.T_0 else 0
        passed = t - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
        wave = (1 + math.cos(math.pi * passed / (self.T_0 * self.T_mult**n))) / 2
        return self.eta_min + (self.learning_rate - self.eta_min) * wave


class CyclicLR(Paddle):
    """`base + (max - base) * triangle(t) * scale`."""

    base_learning_rate: Real
    max_learning_rate: Real
    step_size_up: Whole
    step_size_down: Whole | None = None
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular"
    exp_gamma: Number = 1.0
    scale_fn: object = None
    scale_mode: Literal["cycle", "iterations"] = "cycle"

    def check(self) -> None:
        super().check()
        if self.scale_fn is not None:
            refuse("scale_fn is a function, and only running it would tell its values", "scale_fn")
        if self.step_size_up <= 0:
            refuse(f"'step_size_up' must be a positive integer, but received {self.step_size_up}", "step_size_up")
        if self.step_size_down is not None and self.step_size_down <= 0:
            reason = f"'step_size_down' must be a positive integer, but received {self.step_size_down}"
            refuse(reason, "step_size_down")
        if not isinstance(self.exp_gamma, float):
            refuse(f"The type of 'exp_gamma' must be float, but received {type(self.exp_gamma)}", "exp_gamma")

    def spec(self) -> Schedule:
        return Cyclic(
            min_lr=self.base_learning_rate,
            peak_lr=self.max_learning_rate,
            up_epochs=self.step_size_up,
            down_epochs=self.step_size_down,
            mode=self.mode,
            gamma=self.exp_gamma if self.mode == "exp_range" else 1.0,
        )


class OneCycleLR(Paddle):
    """From max / divide_factor up to max, and down to end_learning_rate; see `one_cycle`."""

    max_learning_rate: Real
    total_steps: Whole
    divide_factor: Real = 25.0
    end_learning_rate: Real = 1e-4
    phase_pct: Number = 0.3
    anneal_strategy: Literal["cos", "linear"] = "cos"
    three_phase: Flag = False

    def check(self) -> None:
        super().check()
        if self.max_learning_rate < 0:
            refuse("'max_learning_rate' must be a positive integer.", "max_learning_rate")
        if self.end_learning_rate < 0:
            refuse("'end_learning_rate' must be a positive integer.", "end_learning_rate")
        if self.total_steps <= 0:
            refuse("'total_step' must be a positive integer.", "total_steps")
        if not isinstance(self.phase_pct, float):
            refuse(f"'phase_pct' must be 'float', but received {type(self.phase_pct)}", "phase_pct")
        if not 0 <= self.phase_pct <= 1:
            refuse(f"'phase_pct' must be between 0 and 1, but received {self.phase_pct}", "phase_pct")
        if self.three_phase and self.phase_pct >= 0.5:
            refuse("When three_phase is True, 'phase_pct' must be less than 0.5", "phase_pct")
        if self.divide_factor <= 0:
            refuse("divide_factor must be above 0", "divide_factor")

    def spec(self) -> Schedule:
        peak, initial = self.max_learning_rate, self.max_learning_rate / self.divide_factor
        shape: one_cycle.Shape = "cosine" if self.anneal_strategy == "cos" else "linear"
        share = float(self.phase_pct)
        final = self.end_learning_rate
        return one_cycle.Cycle(self.total_steps, share, initial, peak, final, self.three_phase, shape).spec()

    def notes(self) -> Iterable[str]:
        return [f"from epoch {self.total_steps + 1} on paddle raises ValueError, past its total number of steps"]


class LinearWarmup(Paddle):
    """A line from start_lr to end_lr over warmup_steps, and then a number, or another scheduler on its own clock."""

    learning_rate: NumberOrCall
    warmup_steps: Whole
    start_lr: Real
    end_lr: Real

    def check(self) -> None:
        super().check()
        if self.warmup_steps <= 0:
            refuse("'warmup_steps' must be a positive integer.", "warmup_steps")
        if self.end_lr <= self.start_lr:
            refuse(f"end_lr {self.end_lr} must be greater than start_lr {self.start_lr}", "end_lr")
        if self.start_lr < 0:
            refuse(f"Invalid learning rate: {self.start_lr}", "start_lr")

    def spec(self) -> Schedule:
        return after(line(self.start_lr, self.end_lr, self.warmup_steps), (self.warmup_steps, self._member()))

    def _member(self) -> Schedule:
        if not isinstance(self.learning_rate, Call):
            return constant(self.learning_rate)
        with within("/arguments/learning_rate"):
            member = opened(SCHEDULERS, self.learning_rate)
            if not isinstance(member, Paddle):
                refuse("LinearWarmup steps it by a number of epochs, where it wants a metric")
            return member.stepped_to()

    def notes(self) -> Iterable[str]:
        if not isinstance(self.learning_rate, Call):
            return []
        epochs = f", counted from epoch {self.warmup_steps}"
        notes = opened(SCHEDULERS, self.learning_rate).notes()
        return [note + epochs if note.startswith("from epoch") else note for note in notes]


class ReduceOnPlateau(Reader):
    """The learning rate times `factor` after `patience` + 1 metrics in a row that were no better."""

    initial_lr = "overwritten"
    learning_rate: Real | None = None
    mode: Annotated[Literal["min", "max"], Lower] = "min"
    factor: Real = 0.1
    patience: Whole = 10
    threshold: Real = 1e-4
    threshold_mode: Annotated[Literal["rel", "abs"], Lower] = "rel"
    cooldown: Whole = 0
    min_lr: Real = 0.0
    epsilon: Real = 1e-8
    verbose: Flag = False

    def check(self) -> None:
        if self.factor >= 1:
            refuse("new_lr = origin_lr * gamma and gamma should be < 1.0.", "factor")

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        if self.learning_rate is not None:
            return (constant(self.learning_rate),)
        if not rates:
            raise InvalidRequest(
                "there is no learning rate to reduce", faults=[Fault("/arguments/learning_rate", "is required")]
            )
        return tuple(constant(lr) for lr in rates)

    def plateau(self, groups: int) -> PlateauSpec:
        return PaddlePlateau(
            variant="paddle",
            mode=self.mode,
            factor=max(self.factor, 0.0),
            patience=self.patience,
            threshold=self.threshold,
            threshold_mode=self.threshold_mode,
            cooldown=max(self.cooldown, 0),
            min_lr=self.min_lr,
            eps=self.epsilon,
        )


SCHEDULERS: dict[str, type[Reader]] = {
    "NoamDecay": NoamDecay,
    "PiecewiseDecay": PiecewiseDecay,
    "NaturalExpDecay": NaturalExpDecay,
    "InverseTimeDecay": InverseTimeDecay,
    "ExponentialDecay": ExponentialDecay,
    "PolynomialDecay": PolynomialDecay,
    "StepDecay": StepDecay,
    "MultiStepDecay": MultiStepDecay,
    "CosineAnnealingDecay": CosineAnnealingDecay,
    "LinearLR": LinearLR,
    "CosineAnnealingWarmRestarts": CosineAnnealingWarmRestarts,
    "CyclicLR": CyclicLR,
    "OneCycleLR": OneCycleLR,
    "LinearWarmup": LinearWarmup,
    "ReduceOnPlateau": ReduceOnPlateau,
    "LambdaDecay": Code,
    "MultiplicativeDecay": Code,
}
