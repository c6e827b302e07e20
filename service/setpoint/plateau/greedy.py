"""Hugging Face's greedy policy, which raises the learning rate too. Simulated only."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool

from setpoint.schedules.number import Count, PositiveInt, Rate, Real
from setpoint.schedules.spec import Model


@dataclass(frozen=True, slots=True)
class Pace:
    """What the greedy policy remembers from one metric to the next."""

    lr: float
    best: float
    bad: int = 0
    good: int = 0
    cooldown: int = 0
    warmup: int = 0
    at_floor: int = 0  # reductions asked for at the floor since it was last left
    window: tuple[float, ...] = ()
    total: float = 0.0  # a running sum, as the library keeps it, with its rounding


class Greedy(Model):
    """`transformers.optimization.GreedyLR`: rises after a run of better metrics, falls after worse.

    A run is more than `patience`; a rise divides by `factor`, a fall multiplies by it. The
    learning rate stays within `min_lr` and `max_lr`; changes of no more than `eps` are left
    out. `cooldown` and `warmup` are the metrics passed over after a reduction and after a rise.
    With `smooth` the mean of the last `window_size` metrics is judged (one NaN spoils it until
    the reset). The `reset_start`-th reduction in vain at `min_lr` starts all over.
    """

    simulated_only: ClassVar[bool] = True

    variant: Literal["greedy"]
    mode: Literal["min", "max"] = "min"
    factor: Annotated[Rate, Field(gt=0, lt=1)] = 0.95
    patience: Count = 10
    threshold: Real = 1e-6
    threshold_mode: Literal["rel", "abs"] = "abs"
    cooldown: Count = 0
    warmup: Count = 0
    min_lr: Rate = 1e-3
    max_lr: Rate = 1.0
    eps: Rate = 1e-8
    smooth: StrictBool = False
    window_size: PositiveInt = 50
    reset_start: Count = 500

    def start(self, lr: float) -> Pace:
        """The state before any metric, at the learning rate it begins with."""
        return Pace(lr, math.inf if self.mode == "min" else -math.inf)

    def step(self, pace: Pace, metric: float, initial_lr: float) -> Pace:
        """The state after `metric`; its `lr` is that of the next epoch. Pure.

        A reset goes back to `initial_lr`.
        """
        metric, pace = self._smoothed(metric, pace)
        if pace.cooldown > 0:
            return replace(pace, cooldown=pace.cooldown - 1, bad=0, good=0)
        if pace.warmup > 0:
            return replace(pace, warmup=pace.warmup - 1, bad=0, good=0)
        if self.better(metric, pace.best):
            return self._raised(replace(pace, best=metric, bad=0, good=pace.good + 1))
        return self._lowered(replace(pace, bad=pace.bad + 1, good=0), initial_lr)

    def better(self, metric: float, best: float) -> bool:
        """Strictly beyond the best by the threshold; never true of NaN."""
        threshold = -self.threshold if self.mode == "min" else self.threshold
        bar = best * (1.0 + threshold) if self.threshold_mode == "rel" else best + threshold
        return metric < bar if self.mode == "min" else metric > bar

    def _smoothed(self, metric: float, pace: Pace) -> tuple[float, Pace]:
        if not self.smooth:
            return metric, pace
        window, total = (*pace.window, metric), pace.total + metric
        if len(window) > self.window_size:
            window, total = window[1:], total - window[0]
        return total / len(window), replace(pace, window=window, total=total)

    def _raised(self, pace: Pace) -> Pace:
        if pace.good <= self.patience:
            return pace
        lr = min(pace.lr / self.factor, self.max_lr)
        lr = lr if lr - pace.lr > self.eps else pace.lr
        return replace(pace, lr=lr, good=0, warmup=self.warmup, at_floor=0)

    def _lowered(self, pace: Pace, initial_lr: float) -> Pace:
        if pace.bad <= self.patience:
            return pace
        lr = max(pace.lr * self.factor, self.min_lr)
        lr = lr if pace.lr - lr > self.eps else pace.lr
        at_floor = pace.at_floor + (lr <= self.min_lr)
        if lr <= self.min_lr and at_floor >= self.reset_start:
            # The cooldown of the very reduction that reset it applies after the reset.
            return replace(self.start(initial_lr), cooldown=self.cooldown)
        return replace(pace, lr=lr, bad=0, cooldown=self.cooldown, at_floor=at_floor)


def pursue(policy: Greedy, lr: float, metrics: Sequence[float]) -> Iterator[float]:
    """The learning rate of every epoch, from `lr` at epoch 0 to the one after the last metric."""
    pace = policy.start(lr)
    yield pace.lr
    for metric in metrics:
        pace = policy.step(pace, metric, lr)
        yield pace.lr
