"""torch's schedulers that set the learning rate, whatever it was: cycles, a ramp and the plateau policy."""

from collections.abc import Iterable
from typing import Literal

from setpoint.interop.call import refuse
from setpoint.interop.reading import one_cycle
from setpoint.interop.reading.parts import constant, ramp
from setpoint.interop.reading.reader import Flag, Number, OnOptimizer, PerGroup, Rates, one_floor, per_group
from setpoint.interop.reading.torch.relative import Torch
from setpoint.plateau.spec import PlateauSpec
from setpoint.plateau.variants import TorchPlateau
from setpoint.schedules.cycle import CosineRestarts, Cyclic, Restarts
from setpoint.schedules.decay import Linear
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole

MOMENTUM = "the momentum that it cycles is not imported: it is a hyperparameter, with a schedule of its own"


class CosineAnnealingWarmRestarts(Torch, OnOptimizer):
    """`eta_min + (b - eta_min) * (1 + cos(pi u / T_i)) / 2`, `T_i = T_0 * T_mult ** i`; `u` counts from restart `i`."""

    T_0: Whole
    T_mult: Whole = 1
    eta_min: Real = 0.0

    def check(self) -> None:
        super().check()
        if self.T_0 <= 0:
            refuse(f"Expected positive integer T_0, but got {self.T_0}", "T_0")
        if self.T_mult < 1:
            refuse(f"Expected integer T_mult >= 1, but got {self.T_mult}", "T_mult")

    def spec(self, lr: float) -> Schedule:
        return CosineRestarts(initial_lr=lr, cycle_epochs=self.T_0, cycle_mult=self.T_mult, min_lr=self.eta_min)


class CyclicLR(Torch):
    """`base_lr + (max_lr - base_lr) * triangle(t) * scale`; the optimizer's own learning rate does not count."""

    initial_lr = "overwritten"
    base_lr: PerGroup
    max_lr: PerGroup
    step_size_up: Whole = 2000
    step_size_down: Whole | None = None
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular"
    gamma: Real = 1.0
    scale_fn: object = None
    scale_mode: Literal["cycle", "iterations"] = "cycle"
    cycle_momentum: Flag = True
    base_momentum: PerGroup = 0.8
    max_momentum: PerGroup = 0.9

    def check(self) -> None:
        super().check()
        if self.scale_fn is not None:
            refuse("scale_fn is a function, and only running it would tell its values", "scale_fn")
        if self.step_size_up <= 0:
            refuse("ZeroDivisionError: step_size_up must be above 0", "step_size_up")
        if self.down < 0 or (self.down == 0 and self.mode != "triangular"):
            refuse("step_size_down must be above 0: without a way down there is no triangle", "step_size_down")

    @property
    def down(self) -> int:
        return self.step_size_up if self.step_size_down is None else self.step_size_down

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        groups = len(rates) or max(
            [len(value) for value in (self.base_lr, self.max_lr) if isinstance(value, tuple)], default=1
        )
        low = per_group("base_lr", self.base_lr, groups)
        high = per_group("max_lr", self.max_lr, groups)
        return tuple(self._triangles(*ends) for ends in zip(low, high, strict=True))

    def _triangles(self, low: float, high: float) -> Schedule:
        if self.down == 0:
            return Restarts(schedule=Linear(initial_lr=low, final_lr=high, epochs=self.step_size_up))
        return Cyclic(
            min_lr=low,
            peak_lr=high,
            up_epochs=self.step_size_up,
            down_epochs=self.down,
            mode=self.mode,
            gamma=self.gamma if self.mode == "exp_range" else 1.0,
        )

    def notes(self) -> Iterable[str]:
        return [MOMENTUM] if self.cycle_momentum else []


class OneCycleLR(Torch):
    """From `max_lr / div_factor` up to `max_lr`, down to `max_lr / div_factor / final_div_factor`; see `one_cycle`."""

    initial_lr = "overwritten"
    max_lr: PerGroup
    total_steps: Whole | None = None
    epochs: Whole | None = None
    steps_per_epoch: Whole | None = None
    pct_start: Number = 0.3
    anneal_strategy: Literal["cos", "linear"] = "cos"
    cycle_momentum: Flag = True
    base_momentum: PerGroup = 0.85
    max_momentum: PerGroup = 0.95
    div_factor: Real = 25.0
    final_div_factor: Real = 1e4
    three_phase: Flag = False

    def check(self) -> None:
        super().check()
        if self.total_steps is None and (self.epochs is None or self.steps_per_epoch is None):
            refuse("You must define either total_steps OR (epochs AND steps_per_epoch)", "total_steps")
        if self.steps <= 0:
            refuse(f"Expected positive integer total_steps, but got {self.steps}", "total_steps")
        if not isinstance(self.pct_start, float) or not 0 <= self.pct_start <= 1:
            refuse(f"Expected float between 0 and 1 pct_start, but got {self.pct_start}", "pct_start")
        if self.div_factor <= 0 or self.final_div_factor <= 0:
            refuse("div_factor and final_div_factor must be above 0", "div_factor")

    @property
    def steps(self) -> int:
        return (self.epochs or 0) * (self.steps_per_epoch or 0) if self.total_steps is None else self.total_steps

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        groups = len(rates) or (len(self.max_lr) if isinstance(self.max_lr, tuple) else 1)
        return tuple(self._cycle(peak) for peak in per_group("max_lr", self.max_lr, groups))

    def _cycle(self, peak: float) -> Schedule:
        initial = peak / self.div_factor
        final = initial / self.final_div_factor
        shape: one_cycle.Shape = "cosine" if self.anneal_strategy == "cos" else "linear"
        cycle = one_cycle.Cycle(self.steps, float(self.pct_start), initial, peak, final, self.three_phase, shape)
        return cycle.spec(self.div_factor, self.final_div_factor)

    def notes(self) -> Iterable[str]:
        yield f"from epoch {self.steps + 1} on torch raises ValueError, past its total number of steps"
        if self.cycle_momentum:
            yield MOMENTUM


class SWALR(Torch):
    """From `b` to `swa_lr` over anneal_epochs, along a cosine or a line, and then `swa_lr`."""

    swa_lr: PerGroup
    anneal_epochs: Whole = 10
    anneal_strategy: Literal["cos", "linear"] = "cos"

    def check(self) -> None:
        super().check()
        if self.anneal_epochs < 0:
            refuse(f"anneal_epochs must be equal or greater than 0, got {self.anneal_epochs}", "anneal_epochs")

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        shape: one_cycle.Shape = "cosine" if self.anneal_strategy == "cos" else "linear"
        finals = per_group("swa_lr", self.swa_lr, len(rates))
        return tuple(ramp(lr, final, self.anneal_epochs, shape) for lr, final in zip(rates, finals, strict=True))

    def notes(self) -> Iterable[str]:
        return ["it starts from the optimizer's learning rate at epoch 0, without another scheduler before it"]


class ReduceLROnPlateau(Torch, OnOptimizer):
    """The learning rate times `factor` after `patience` + 1 metrics in a row that were no better."""

    mode: Literal["min", "max"] = "min"
    factor: Real = 0.1
    patience: Whole = 10
    threshold: Real = 1e-4
    threshold_mode: Literal["rel", "abs"] = "rel"
    cooldown: Whole = 0
    min_lr: PerGroup = 0.0
    eps: Real = 1e-8

    def check(self) -> None:
        super().check()
        if self.factor >= 1:
            refuse("Factor should be < 1.0.", "factor")

    def spec(self, lr: float) -> Schedule:
        return constant(lr)

    def plateau(self, groups: int) -> PlateauSpec:
        return TorchPlateau(
            mode=self.mode,
            factor=max(self.factor, 0.0),
            patience=self.patience,
            threshold=self.threshold,
            threshold_mode=self.threshold_mode,
            cooldown=max(self.cooldown, 0),
            min_lr=one_floor(per_group("min_lr", self.min_lr, groups)),
            eps=self.eps,
        )

    def notes(self) -> Iterable[str]:
        if self.factor < 0:
            yield "a negative factor reduces to min_lr at once, as 0 does: 0 it is here"
