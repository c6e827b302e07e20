"""Kinds that start low and warm up."""

import math
from itertools import pairwise
from typing import Any, ClassVar, Literal, Self

from pydantic import StrictBool, model_validator

from setpoint.schedules.basic import Knot, through
from setpoint.schedules.clock import Later
from setpoint.schedules.form import Flat, Form, Smooth
from setpoint.schedules.joint import Joined
from setpoint.schedules.number import Count, Length, Positive, PositiveInt, Rate, Share
from setpoint.schedules.piece import FALLING
from setpoint.schedules.shape import PastEnd, ShapeName, ramp
from setpoint.schedules.spec import Spec, above_zero, wrong


class InverseSqrt(Spec):
    """A linear warm-up, then down with the inverse square root of time (Noam, T5)."""

    formula: ClassVar = (
        "e < w: line from warmup_initial_lr to peak_lr; "
        "then peak_lr * sqrt(timescale / (e - w + timescale)); w = warmup_epochs"
    )
    past_end_is: ClassVar = "goes on"
    example: ClassVar = {"kind": "inverse_sqrt", "peak_lr": 0.001, "warmup_epochs": 4000}
    names: ClassVar = {
        "transformers": "inverse_sqrt",
        "paddle": "NoamDecay",
        "megatron": "inverse-square-root",
        "fairseq": "InverseSquareRootSchedule",
    }

    kind: Literal["inverse_sqrt"] = "inverse_sqrt"
    peak_lr: Rate
    """The learning rate at the end of the warm-up."""
    warmup_epochs: Count = 0
    """How long the warm-up takes."""
    warmup_initial_lr: Rate = 0.0
    """Where the warm-up starts."""
    timescale: Length | None = None
    """How long it takes until the divisor is sqrt(2); `warmup_epochs` unless given."""

    @model_validator(mode="after")
    def _has_a_timescale(self) -> Self:
        if self.timescale is None and self.warmup_epochs == 0:
            raise wrong("timescale", "is required where warmup_epochs is 0")
        return self

    def implied(self) -> dict[str, Any]:
        return {"timescale": self.warmup_epochs}

    def build(self) -> Form:
        peak, tau = self.peak_lr, float(self.timescale or self.warmup_epochs)
        body = Smooth(lambda t: peak * math.sqrt(tau / (t + tau)), False, FALLING)
        return warmed_up(body, self.warmup_epochs, self.warmup_initial_lr, peak, "linear")


def warmed_up(body: Form, epochs: int, initial_lr: float, peak_lr: float, shape: ShapeName) -> Form:
    """A ramp over `epochs`, and then `body` on a clock that starts there."""
    if epochs == 0:
        return body
    return Joined((0, epochs), (ramp(initial_lr, peak_lr, epochs, shape), Later(body, epochs)))


class WSD(Spec):
    """Warm up, stay, decay: three phases."""

    formula: ClassVar = (
        "warmup_initial_lr to peak_lr over warmup_epochs; peak_lr for stable_epochs; "
        "peak_lr to min_lr over decay_epochs"
    )
    past_end_is: ClassVar = "holds min_lr"
    example: ClassVar = {
        "kind": "wsd",
        "peak_lr": 0.0003,
        "warmup_epochs": 2000,
        "stable_epochs": 80000,
        "decay_epochs": 18000,
    }
    names: ClassVar = {
        "transformers": "warmup_stable_decay",
        "timm": "WSDLRScheduler",
        "megatron": "WSD",
        "fairseq": "TriStageLRSchedule",
    }

    kind: Literal["wsd"] = "wsd"
    peak_lr: Rate
    """The learning rate of the middle phase."""
    warmup_epochs: Count = 0
    """How long the warm-up takes."""
    stable_epochs: Count
    """How long `peak_lr` holds."""
    decay_epochs: PositiveInt
    """How long the decay takes."""
    warmup_initial_lr: Rate = 0.0
    """Where the warm-up starts."""
    min_lr: Rate = 0.0
    """Where the decay ends."""
    warmup_shape: ShapeName = "linear"
    """The way up: see the shapes of `ramp`."""
    decay_shape: ShapeName = "linear"
    """The way down: see the shapes of `ramp`."""

    @model_validator(mode="after")
    def _geometric_never_touches_zero(self) -> Self:
        if self.warmup_epochs > 0:
            above_zero("warmup_initial_lr", self.warmup_initial_lr, self.warmup_shape)
            above_zero("peak_lr", self.peak_lr, self.warmup_shape)
        above_zero("peak_lr", self.peak_lr, self.decay_shape)
        above_zero("min_lr", self.min_lr, self.decay_shape)
        return self

    def build(self) -> Form:
        stable = self.stable_epochs
        decay = ramp(self.peak_lr, self.min_lr, self.decay_epochs, self.decay_shape)
        body = Joined((0, stable), (Flat(self.peak_lr), Later(decay, stable)))
        return warmed_up(body, self.warmup_epochs, self.warmup_initial_lr, self.peak_lr, self.warmup_shape)


class OneCycle(Spec):
    """Up to `peak_lr` and down to almost nothing, once (super-convergence). The knots lie where torch's do.

    They are real numbers, not rounded to epochs: the top at `pct_start * epochs - 1`, the end at `epochs - 1`; with
    `three_phase` the starting value is passed again at `2 pct_start * epochs - 2`.
    """

    formula: ClassVar = (
        "through (0, peak_lr / div_factor), (pct_start * epochs - 1, peak_lr), "
        "(epochs - 1, peak_lr / div_factor / final_div_factor)"
    )
    past_end_is: ClassVar = "holds the last value, or the last formula runs on"
    example: ClassVar = {"kind": "one_cycle", "peak_lr": 0.1, "epochs": 100}
    names: ClassVar = {
        "torch": "OneCycleLR",
        "paddle": "OneCycleLR",
        "mmengine": "OneCycleLR",
        "optax": "cosine_onecycle_schedule, linear_onecycle_schedule",
    }
    blame: ClassVar = "past_end"

    kind: Literal["one_cycle"] = "one_cycle"
    peak_lr: Rate
    """The top."""
    epochs: PositiveInt
    """How many epochs the cycle has; the last value is that of `epochs - 1`."""
    pct_start: Share = 0.3
    """The share of the cycle that is spent on the way up."""
    div_factor: Positive = 25.0
    """`peak_lr` divided by it is the value at 0."""
    final_div_factor: Positive = 1e4
    """The value at 0 divided by it is the last one."""
    three_phase: StrictBool = False
    """Come down to the value at 0 first, as fast as it went up, and to the last value after that."""
    shape: Literal["linear", "cosine"] = "cosine"
    """How to get from knot to knot."""
    past_end: PastEnd = "hold"
    """Past the last knot: hold its value, or let the last formula run on."""

    @model_validator(mode="after")
    def _knots_ascend(self) -> Self:
        times = [time for time, _ in self.knots()]
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise wrong(
                "pct_start",
                f"puts the knots at {', '.join(f'{time:g}' for time in times)}: each must come after the one before it",
            )
        return self

    def knots(self) -> tuple[Knot, ...]:
        initial = self.peak_lr / self.div_factor
        top, last = self.pct_start * self.epochs - 1.0, self.epochs - 1.0
        down = [(2.0 * self.pct_start * self.epochs - 2.0, initial)] if self.three_phase else []
        return ((0.0, initial), (top, self.peak_lr), *down, (last, initial / self.final_div_factor))

    def build(self) -> Form:
        curve = through(self.knots(), self.shape, self.past_end)
        return Joined((0, self.epochs), (curve, curve))  # one curve; its natural end is `epochs`
