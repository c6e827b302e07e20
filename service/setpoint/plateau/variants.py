"""The plateau policies of four libraries, each with its own rule and its own defaults.

They agree on the idea and differ on when a metric is better, on the count at which they act
(torch and paddle after `patience` + 1 bad metrics, keras and optax after `patience`), on what a
cooldown hides, and on a first metric that is NaN.
"""

import math
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, model_validator

from setpoint.plateau.policy import Plateau, State, scaled
from setpoint.plateau.single import single
from setpoint.schedules.number import PositiveInt, Rate, Real, Share
from setpoint.schedules.spec import wrong

Mode = Literal["min", "max"]
ProperShrink = Annotated[Rate, Field(gt=0, lt=1)]


def worst(mode: Mode) -> float:
    """What any number is better than."""
    return math.inf if mode == "min" else -math.inf


class _Counting(Plateau):
    """What torch and paddle have in common: a bar, and a reduction at `patience` + 1 failures."""

    mode: Mode = "min"
    """Whether lower or higher is better."""
    threshold: Real = 1e-4
    """By how much a metric must be better than the best to count."""
    threshold_mode: Literal["rel", "abs"] = "rel"
    """Whether `threshold` is a part of the best, or absolute."""
    min_lr: Rate = 0.0
    """The learning rate below which nothing is reduced."""
    eps: Rate = 1e-8
    """A reduction that changes the learning rate by no more than this is left out."""

    @property
    def floor(self) -> float:
        return self.min_lr

    def better(self, metric: float, best: float) -> bool:
        """Strictly beyond the best by the threshold; never true of NaN."""
        threshold = -self.threshold if self.mode == "min" else self.threshold
        bar = self.relative(best, threshold) if self.threshold_mode == "rel" else best + threshold
        return metric < bar if self.mode == "min" else metric > bar

    @abstractmethod
    def relative(self, best: float, threshold: float) -> float:
        """The bar in `rel` mode: rounded differently by the two, and NaN in one at infinity."""

    def _judged(self, state: State, metric: float) -> tuple[float, int]:
        """The best and the number of bad metrics in a row, once `metric` is looked at."""
        if state.best is None or self.better(metric, state.best):
            return metric, 0
        return state.best, state.bad + 1

    def _reduced(self, scales: Iterable[float], planned: Sequence[float]) -> tuple[float, ...]:
        return tuple(
            scale * self.factor if self._worth(scaled(lr, scale, self.min_lr)) else scale
            for scale, lr in zip(scales, planned, strict=True)
        )

    def _worth(self, lr: float) -> bool:
        return lr - max(lr * self.factor, self.min_lr) > self.eps


class TorchPlateau(_Counting):
    """`torch.optim.lr_scheduler.ReduceLROnPlateau`: reduces at `patience` + 1 bad metrics in a row.

    The best so far starts at infinity, so a first metric that is NaN is one bad metric and no
    more. During a cooldown the best is still kept up to date, but nothing is counted. Timm's,
    transformers' and fairseq's are this one; mmengine's too, for metrics between -1e9 and 1e9.
    """

    variant: Literal["torch"] = "torch"

    def start(self, groups: int = 1) -> State:
        return State(worst(self.mode), 0, 0, (1.0,) * groups)

    def relative(self, best: float, threshold: float) -> float:
        return best * (1.0 + threshold)

    def step(self, state: State, metric: float, planned: Sequence[float]) -> State:
        best, bad = self._judged(state, metric)
        if state.cooldown > 0:
            return State(best, 0, state.cooldown - 1, state.scales)
        if bad <= self.patience:
            return State(best, bad, 0, state.scales)
        return State(best, 0, self.cooldown, self._reduced(state.scales, planned))


class PaddlePlateau(_Counting):
    """`paddle.optimizer.lr.ReduceOnPlateau`: torch's rule, but a cooldown is blind to the metric.

    The first metric becomes the best whatever it is: where it is NaN (or infinite, in `rel`
    mode), nothing is ever better.
    """

    variant: Literal["paddle"]

    def start(self, groups: int = 1) -> State:
        return State(None, 0, 0, (1.0,) * groups)

    def relative(self, best: float, threshold: float) -> float:
        return best + best * threshold

    def step(self, state: State, metric: float, planned: Sequence[float]) -> State:
        if state.cooldown > 0:
            return replace(state, cooldown=state.cooldown - 1)
        best, bad = self._judged(state, metric)
        if bad <= self.patience:
            return State(best, bad, 0, state.scales)
        return State(best, 0, self.cooldown, self._reduced(state.scales, planned))


class KerasPlateau(Plateau):
    """`keras.callbacks.ReduceLROnPlateau`: reduces at `patience` bad metrics in a row (0 as 1).

    Metrics are compared in float32, as Keras does. The first one becomes the best whatever it is:
    where it is NaN, nothing is ever better. A cooldown ends before its last metric is judged, so
    `cooldown` hides one metric fewer than torch's; the best is kept up to date in it. At the
    floor no cooldown begins.
    """

    variant: Literal["keras"]
    mode: Mode = "min"
    """Whether lower or higher is better."""
    min_delta: Rate = 1e-4
    """By how much a metric must be better than the best to count."""
    min_lr: Rate = 0.0
    """The learning rate below which nothing is reduced."""

    @property
    def floor(self) -> float:
        return self.min_lr

    def start(self, groups: int = 1) -> State:
        return State(None, 0, 0, (1.0,) * groups)

    def better(self, metric: float, best: float) -> bool:
        """By more than `min_delta`, in float32; never true of NaN."""
        if self.mode == "min":
            return single(metric + self.min_delta) < single(best)
        return single(metric - self.min_delta) > single(best)

    def step(self, state: State, metric: float, planned: Sequence[float]) -> State:
        cooldown = max(state.cooldown - 1, 0)
        bad = 0 if state.cooldown > 0 else state.bad
        if state.best is None or self.better(metric, state.best):
            return State(metric, 0, cooldown, state.scales)
        if cooldown > 0:
            return State(state.best, bad, cooldown, state.scales)
        if bad + 1 < self.patience:
            return State(state.best, bad + 1, 0, state.scales)
        return self._reduced(State(state.best, bad + 1, 0, state.scales), planned)

    def _reduced(self, state: State, planned: Sequence[float]) -> State:
        scales = tuple(
            scale * self.factor if self._above_floor(scaled(lr, scale, self.min_lr)) else scale
            for scale, lr in zip(state.scales, planned, strict=True)
        )
        if scales == state.scales:
            return state
        return State(state.best, 0, self.cooldown, scales)

    def _above_floor(self, lr: float) -> bool:
        return single(lr) > single(self.min_lr)


class OptaxPlateau(Plateau):
    """`optax.contrib.reduce_on_plateau`: reduces at `patience` bad means in a row.

    A mean is of `accumulation_size` metrics. It is better below `(1 - rtol) * best - atol`; all
    of it in float32, as Optax does by default. Lower is better, always. The best so far starts at
    infinity, so it recovers from NaN. With `patience` 0 it reduces at each mean that is *better*,
    and at no other: that is what Optax does. The floor is one of the scale, `min_scale`.
    """

    variant: Literal["optax"]
    mode: Literal["min"] = "min"
    """Lower is better."""
    factor: ProperShrink = 0.1
    """What a reduction multiplies the scale by."""
    rtol: Share = 1e-4
    """By what part of the best a mean must be better."""
    atol: Rate = 0.0
    """By how much it must be better, besides."""
    accumulation_size: PositiveInt = 1
    """How many metrics are averaged before each look."""
    min_scale: Share = 0.0
    """The scale below which nothing is reduced."""

    @model_validator(mode="after")
    def _tolerates_something(self) -> "OptaxPlateau":
        if self.rtol == 0 and self.atol == 0:
            raise wrong("rtol", "must be positive where atol is 0")
        return self

    @property
    def floor(self) -> float:
        return 0.0

    def start(self, groups: int = 1) -> State:
        return State(math.inf, 0, 0, (1.0,) * groups)

    def better(self, mean: float, best: float) -> bool:
        """Below the bar, in float32; never true of NaN."""
        # Rounded once, as XLA fuses it; the product of two float32 numbers is exact in float64.
        return mean < single(single(1 - self.rtol) * best - single(self.atol))

    def step(self, state: State, metric: float, planned: Sequence[float]) -> State:
        gathered = state.gathered + 1
        total = single(single(state.gathered * state.mean) + single(metric))
        mean = single(total / gathered)
        if gathered < self.accumulation_size:
            return replace(state, gathered=gathered, mean=mean)
        return self._looked(state, mean)

    def _looked(self, state: State, mean: float) -> State:
        best = worst(self.mode) if state.best is None else state.best
        better = self.better(mean, best)
        best, bad = (mean, 0) if better else (best, state.bad + 1)
        if state.cooldown > 0:
            return State(best, 0, state.cooldown - 1, state.scales)
        if bad != self.patience:
            return State(best, bad, 0, self._scaled(state.scales, 1.0))
        return State(best, 0, self.cooldown, self._scaled(state.scales, self.factor))

    def _scaled(self, scales: Iterable[float], factor: float) -> tuple[float, ...]:
        return tuple(max(scale * factor, self.min_scale) for scale in scales)
