"""Hugging Face's schedules, by `SchedulerType` or by the function that makes them.

All but the two policies are a factor of the optimizer's learning rate `b`. `w` is num_warmup_steps, `N`
num_training_steps; the warm-up is `b * t / w`, so the learning rate of epoch 0 is 0. A floor given as a learning rate
becomes a part of the one in `optimizer.defaults`, taken to be the first group's: the other groups' floors are the
same part of theirs.
"""

import math
from abc import abstractmethod
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Literal, cast

from pydantic import model_validator

from setpoint.interop.call import refuse
from setpoint.interop.reading.parts import after, constant, line, ramp, shifted
from setpoint.interop.reading.reader import OnOptimizer, Rates
from setpoint.interop.reading.restarts import hard_restarts
from setpoint.interop.reading.torch.relative import Torch
from setpoint.schedules.compose import Stretch
from setpoint.schedules.decay import Cosine, Polynomial
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real, Whole
from setpoint.schedules.shape import ShapeName
from setpoint.schedules.warm import InverseSqrt


class HuggingFace(Torch, OnOptimizer):
    """What `get_scheduler` takes besides the name. `scheduler_specific_kwargs` may be given as such, or one by one."""

    num_warmup_steps: Real | None = None
    num_training_steps: Whole | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_specific_ones(cls, data: Any) -> Any:
        arguments = dict(cast(dict[str, Any], data))
        specific: object = arguments.get("scheduler_specific_kwargs")
        if not isinstance(specific, dict):
            return arguments
        del arguments["scheduler_specific_kwargs"]
        return arguments | cast(dict[str, Any], specific)


class Warmed(HuggingFace):
    """A warm-up from 0 over `w` steps, which need not be whole, and then a body on a clock that starts there."""

    def check(self) -> None:
        super().check()
        if self.num_warmup_steps is None:
            refuse("it requires `num_warmup_steps`, please provide that argument.", "num_warmup_steps")
        if self.num_warmup_steps < 0:
            refuse("a negative num_warmup_steps starts in the midst of the schedule", "num_warmup_steps")

    @property
    def w(self) -> float:
        return self.num_warmup_steps or 0.0

    @abstractmethod
    def body(self, lr: float, first: float, parts: int) -> Schedule:
        """What follows, with `parts` of its epochs to a step; `first` is the learning rate of the first group."""

    def spec(self, lr: float) -> Schedule:
        return self._warmed(lr, lr)

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        return tuple(self._warmed(lr, rates[0]) for lr in rates)

    def _warmed(self, lr: float, first: float) -> Schedule:
        whole = Fraction(self.w).limit_denominator(1_000_000)
        if abs(float(whole) - self.w) > 1e-12 * self.w:
            refuse("so fine a part of a step can't be said", "num_warmup_steps")
        starts, parts = math.ceil(whole), whole.denominator
        body = self.body(lr, first, parts)
        if parts == 1:
            return after(line(0.0, lr, starts), (starts, body))
        ticking = Stretch(schedule=body, offset=-whole.numerator, rate=parts, parts=1)
        way = Stretch(schedule=line(0.0, lr, max(whole.numerator, parts)), rate=parts, parts=1)
        return after(way, (starts, ticking), absolute=True)


class Trained(Warmed):
    """One that ends with the training, after `N` steps."""

    def check(self) -> None:
        super().check()
        if self.num_training_steps is None:
            refuse("it requires `num_training_steps`, please provide that argument.", "num_training_steps")

    @property
    def n(self) -> int:
        return self.num_training_steps or 0

    def length(self, parts: int) -> int:
        """`max(1, N - w)` steps, in so many parts each."""
        return round(max(1.0, self.n - self.w) * parts)


class Linear(Trained):
    """`b * max(0, (N - t) / max(1, N - w))`."""

    def body(self, lr: float, first: float, parts: int) -> Schedule:
        return line(lr, 0.0, self.length(parts)) if self.n - self.w >= 1 else constant(0.0)


def cosine(lr: float, floor: float, epochs: int, cycles: float) -> Schedule:
    """A cosine that goes on past its end; without cycles it stays at the top."""
    if cycles == 0:
        return constant(lr)
    return Cosine(initial_lr=lr, min_lr=floor, epochs=epochs, cycles=abs(cycles), past_end="continue")


class CosineWithWarmup(Trained):
    """`b * (1 + cos(2 pi c x)) / 2`, `x = (t - w) / max(1, N - w)`: past N it rises again."""

    num_cycles: Real = 0.5

    def body(self, lr: float, first: float, parts: int) -> Schedule:
        return cosine(lr, 0.0, self.length(parts), self.num_cycles)


class HardRestarts(Trained):
    """`b * (1 + cos(pi frac(c x))) / 2`, and 0 from `x = 1` on."""

    num_cycles: Real = 1

    def check(self) -> None:
        super().check()
        if self.num_cycles < 0:
            refuse("with a negative num_cycles it runs backwards", "num_cycles")

    def body(self, lr: float, first: float, parts: int) -> Schedule:
        if parts != 1:
            refuse("restarts after a part of a step can't be said", "num_warmup_steps")
        return hard_restarts(lr, self.length(1), self.num_cycles)


class PolynomialWithWarmup(Trained):
    """`((L - lr_end) (1 - x) ** power + lr_end) / L` of `b`, `L` the first group's; past N `b * lr_end / L`."""

    lr_end: Real = 1e-7
    power: Real = 1.0

    def check(self) -> None:
        super().check()
        if self.n == self.w:
            refuse(f"ZeroDivisionError at epoch {self.n}: num_warmup_steps is num_training_steps", "num_warmup_steps")
        if self.power < 0:
            refuse(f"ZeroDivisionError at epoch {self.n}: 0.0 cannot be raised to a negative power", "power")

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        if not rates[0] > self.lr_end:
            refuse(f"lr_end ({self.lr_end}) must be smaller than initial lr ({rates[0]})", "lr_end")
        return super().specs(rates)

    def body(self, lr: float, first: float, parts: int) -> Schedule:
        final = lr * (self.lr_end / first)
        if self.n < self.w:
            return constant(final)
        return Polynomial(initial_lr=lr, min_lr=final, epochs=self.length(parts), power=self.power)


class Constant(HuggingFace):
    """`b`, whatever the number of steps."""

    def spec(self, lr: float) -> Schedule:
        return constant(lr)

    def notes(self) -> Iterable[str]:
        return ["constant has no warm-up: num_warmup_steps is not used"] if self.num_warmup_steps else []


class ConstantWithWarmup(Warmed):
    """`b`."""

    def body(self, lr: float, first: float, parts: int) -> Schedule:
        return constant(lr)


class InverseSqrtWithWarmup(Warmed):
    """`b / sqrt((t - w + timescale) / timescale)`; timescale is `w` unless given, or 10,000 where `w` is 0."""

    timescale: Real | None = None

    def check(self) -> None:
        super().check()
        if self.timescale is not None and self.timescale <= 0:
            refuse("timescale must be above 0: it is divided by, and rooted", "timescale")

    def body(self, lr: float, first: float, parts: int) -> Schedule:
        timescale = self.timescale or self.w or 10_000
        return InverseSqrt(peak_lr=lr, timescale=timescale * parts)


class Floored(CosineWithWarmup):
    """`f (1 - r) + r` of `b`, `f` the cosine's factor; `r` is min_lr_rate, or min_lr as a part of the first group's."""

    min_lr: Real | None = None
    min_lr_rate: Real | None = None

    def check(self) -> None:
        super().check()
        if self.min_lr is not None and self.min_lr_rate is not None:
            refuse("Only one of min_lr or min_lr_rate should be set", "min_lr_rate")
        if self.min_lr is None and self.min_lr_rate is None:
            refuse("One of min_lr or min_lr_rate should be set through the `lr_scheduler_kwargs`", "min_lr")

    def floor(self, lr: float, first: float) -> float:
        if self.min_lr_rate is not None:
            return lr * self.min_lr_rate
        if first == 0:
            refuse("ZeroDivisionError: min_lr is divided by the optimizer's learning rate, 0", "min_lr")
        return lr * ((self.min_lr or 0.0) / first)

    def body(self, lr: float, first: float, parts: int) -> Schedule:
        return cosine(lr, self.floor(lr, first), self.length(parts), self.num_cycles)


class FlooredOneAhead(Floored):
    """The same one step ahead, `x = (t - w + 1) / max(1, N - w)`, after a warm-up by `(t + 1) / w`.

    Or by `q + (1 - q) t / (w - 1)`, where `q`, warmup_lr_rate, is given.
    """

    warmup_lr_rate: Real | None = None

    def _warmed(self, lr: float, first: float) -> Schedule:
        w = int(self.w)
        if w != self.w:
            refuse("a part of a step is beyond its first learning rate here", "num_warmup_steps")
        body = shifted(self.body(lr, first, 1), 1)
        start = lr / max(w, 1) if self.warmup_lr_rate is None else lr * self.warmup_lr_rate
        way = line(start, lr, w - 1) if w > 1 else constant(start)
        return after(way, (w, body))


WARMUP: dict[str, ShapeName] = {"linear": "linear", "cosine": "cosine", "1-sqrt": "sqrt"}
Kind = Literal["linear", "cosine", "1-sqrt"]


class WarmupStableDecay(HuggingFace):
    """From `b r` up to `b` over w steps, `b`, and down to `b r` over num_decay_steps; `r` is min_lr_ratio.

    Where the phases are longer than the training together, the decay has begun before the warm-up is over.
    """

    num_decay_steps: Whole
    num_stable_steps: Whole | None = None
    warmup_type: Kind = "linear"
    decay_type: Kind = "cosine"
    min_lr_ratio: Real = 0.0
    num_cycles: Real = 0.5

    def check(self) -> None:
        super().check()
        if self.num_warmup_steps is None:
            refuse("it requires `num_warmup_steps`, please provide that argument.", "num_warmup_steps")
        if self.num_warmup_steps < 0 or self.num_warmup_steps != int(self.num_warmup_steps):
            refuse("num_warmup_steps must be whole and not negative", "num_warmup_steps")
        if self.num_training_steps is None and self.num_stable_steps is None:
            refuse("Either num_training_steps or num_stable_steps must be specified.", "num_stable_steps")

    def spec(self, lr: float) -> Schedule:
        w, d, floor = int(self.num_warmup_steps or 0), max(self.num_decay_steps, 0), lr * self.min_lr_ratio
        stable = self.num_stable_steps
        if stable is None:
            stable = (self.num_training_steps or 0) - w - self.num_decay_steps
        way = ramp(floor, lr, w, WARMUP[self.warmup_type])
        decay = after(self._decay(lr, floor, d), (d, constant(floor)))
        if stable < 0:
            return after(way, (w, shifted(decay, -stable)))
        return after(way, (w, constant(lr)), (w + stable, decay))

    def _decay(self, lr: float, floor: float, epochs: int) -> Schedule:
        if self.decay_type == "cosine" and epochs > 0:
            return cosine(lr, floor, epochs, self.num_cycles)
        return ramp(lr, floor, epochs, "1-sqrt" if self.decay_type == "1-sqrt" else "linear")

    def notes(self) -> Iterable[str]:
        if self.num_training_steps is not None and self.num_stable_steps is not None:
            yield "num_stable_steps is used, and num_training_steps is not"
