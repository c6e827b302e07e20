"""Kinds that go from one value to another, or towards one."""

from dataclasses import replace
from typing import ClassVar, Literal, Self

from pydantic import StrictBool, model_validator

from setpoint.schedules.cycles import HalfWaves, Stretches, WarpedWaves
from setpoint.schedules.form import Flat, Form, Smooth, Stairs
from setpoint.schedules.joint import Joined, Mapped
from setpoint.schedules.kernel import lerp, power, power_of
from setpoint.schedules.number import LONGEST, SHORTEST, Factor, Length, Positive, PositiveInt, Rate, Real, exact
from setpoint.schedules.piece import FALLING, RISING, Time, trend_between
from setpoint.schedules.shape import Bend, PastEnd, ShapeName, ramp
from setpoint.schedules.spec import Spec, above_zero, wrong


class Exponential(Spec):
    """Multiply by `gamma` every `decay_epochs` epochs: evenly, or (`staircase`) all at once."""

    formula: ClassVar = "initial_lr * gamma ** (e / decay_epochs); staircase: floor(e / decay_epochs)"
    past_end_is: ClassVar = "goes on"
    example: ClassVar = {"kind": "exponential", "initial_lr": 0.1, "gamma": 0.95}
    names: ClassVar = {
        "torch": "ExponentialLR",
        "paddle": "ExponentialDecay, NaturalExpDecay",
        "keras": "ExponentialDecay",
        "optax": "exponential_decay",
        "mmengine": "ExponentialLR",
    }
    blame: ClassVar = "gamma"

    kind: Literal["exponential"] = "exponential"
    initial_lr: Rate
    """The learning rate of epoch 0."""
    gamma: Factor
    """What it is multiplied by in `decay_epochs` epochs."""
    decay_epochs: Length = 1.0
    """The time that one factor `gamma` takes; need not be whole."""
    staircase: StrictBool = False
    """Multiply all at once, at the end of each `decay_epochs`."""

    def build(self) -> Form:
        lr, gamma, length = self.initial_lr, self.gamma, exact(self.decay_epochs)
        trend = trend_between(1.0, gamma)
        if self.staircase:
            return Stairs(lambda n: lr * power(gamma, n), length, trend)
        return Smooth(lambda t: lr * power(gamma, t / length), False, trend)


class Linear(Spec):
    """A straight line from `initial_lr` at 0 to `final_lr` at `epochs`."""

    formula: ClassVar = "initial_lr + (final_lr - initial_lr) * e / epochs"
    past_end_is: ClassVar = "holds final_lr, or the line goes on"
    example: ClassVar = {"kind": "linear", "initial_lr": 0.1, "final_lr": 0.001, "epochs": 100}
    names: ClassVar = {
        "torch": "LinearLR",
        "transformers": "linear",
        "optax": "linear_schedule",
        "paddle": "LinearLR",
        "megatron": "linear",
        "mmengine": "LinearLR",
    }
    blame: ClassVar = "past_end"
    ends: ClassVar = ("initial_lr", "final_lr")

    kind: Literal["linear"] = "linear"
    initial_lr: Rate
    """The learning rate of epoch 0."""
    final_lr: Rate
    """The learning rate at `epochs`."""
    epochs: PositiveInt
    """How long it takes."""
    past_end: PastEnd = "hold"
    """Past `epochs`: hold `final_lr`, or let the line go on."""

    def build(self) -> Form:
        return ramp(self.initial_lr, self.final_lr, self.epochs, past_end=self.past_end)


class Ramp(Spec):
    """From `initial_lr` at 0 to `final_lr` at `epochs`, along one of many shapes: the general form.

    With x = e / epochs, what is left of the way at x: linear `1 - x`; cosine `(1 + cos(pi x)) / 2`; 1-sqrt
    `1 - sqrt(x)`; sqrt `sqrt(1 - x)`; 1-power `1 - x ** power`; power `(1 - x) ** power`; exponential
    `(ratio ** x - ratio) / (1 - ratio)`; log `1 - log(1 + e) / log(1 + epochs)`; tanh
    `(1 - tanh(lower (1 - x) + upper x)) / 2`. Geometric is `initial_lr * (final_lr / initial_lr) ** x`.
    """

    formula: ClassVar = "final_lr + (initial_lr - final_lr) * left(e / epochs), left by shape"
    past_end_is: ClassVar = "holds final_lr, or the formula runs on"
    example: ClassVar = {
        "kind": "ramp",
        "initial_lr": 0.1,
        "final_lr": 0.001,
        "epochs": 100,
        "shape": "1-sqrt",
    }
    names: ClassVar = {
        "timm": "TanhLRScheduler",
        "deepspeed": "WarmupLR",
        "fairseq": "TriStageLRSchedule",
    }
    blame: ClassVar = "past_end"
    ends: ClassVar = ("initial_lr", "final_lr")

    kind: Literal["ramp"] = "ramp"
    initial_lr: Rate
    """The learning rate of epoch 0."""
    final_lr: Rate
    """The learning rate at `epochs`."""
    epochs: PositiveInt
    """How long it takes."""
    shape: ShapeName
    """The way from one to the other."""
    power: Positive = 1.0
    """The exponent of the shapes `1-power` and `power`."""
    ratio: Positive = 0.5
    """The ratio of the shape `exponential`; not 1."""
    lower: Real = -7.0
    """Where on the hyperbolic tangent the shape `tanh` starts."""
    upper: Real = 3.0
    """Where on the hyperbolic tangent the shape `tanh` ends."""
    past_end: PastEnd = "hold"
    """Past `epochs`: hold `final_lr`, or let the formula run on."""

    @model_validator(mode="after")
    def _shape_has_what_it_needs(self) -> Self:
        above_zero("initial_lr", self.initial_lr, self.shape)
        above_zero("final_lr", self.final_lr, self.shape)
        if self.shape == "exponential" and self.ratio == 1:
            raise wrong("ratio", "must not be 1: the way would be 0 / 0")
        if self.shape == "tanh" and self.upper < self.lower:
            raise wrong("upper", "must not be below lower: the ramp would run backwards")
        return self

    def build(self) -> Form:
        bend = Bend(self.power, self.ratio, self.lower, self.upper)
        return ramp(self.initial_lr, self.final_lr, self.epochs, self.shape, bend, self.past_end)


class Polynomial(Spec):
    """From `initial_lr` to `min_lr` along a power of what is left."""

    formula: ClassVar = "min_lr + (initial_lr - min_lr) * (1 - (e / epochs) ** time_power) ** power"
    past_end_is: ClassVar = "holds min_lr, or the formula runs on, or it starts anew on a longer stretch (Keras' cycle)"
    example: ClassVar = {"kind": "polynomial", "initial_lr": 0.1, "epochs": 100, "power": 2}
    names: ClassVar = {
        "torch": "PolynomialLR",
        "transformers": "polynomial",
        "optax": "polynomial_schedule",
        "keras": "PolynomialDecay",
        "paddle": "PolynomialDecay",
        "timm": "PolyLRScheduler",
        "fairseq": "PolynomialDecayLRSchedule",
        "mmengine": "PolyLR",
    }
    blame: ClassVar = "past_end"
    ends: ClassVar = ("initial_lr", "min_lr")

    kind: Literal["polynomial"] = "polynomial"
    initial_lr: Rate
    """The learning rate of epoch 0."""
    epochs: PositiveInt
    """When it reaches `min_lr`."""
    min_lr: Rate = 0.0
    """The value at the end."""
    power: Positive = 1.0
    """The exponent of what is left; 1 is a straight line."""
    time_power: Positive = 1.0
    """The exponent of the time."""
    past_end: Literal["hold", "continue", "stretch"] = "hold"
    """Past `epochs`: hold `min_lr`; let the formula run on; or (`stretch`) `epochs` becomes its next multiple."""

    def build(self) -> Form:
        n = self.epochs
        left: Form = self._left(n)
        if self.past_end == "stretch":
            left = Stretches(self._left, n)
        elif self.past_end == "continue":
            turned = RISING if self.power % 2 == 0 else FALLING
            left = Joined((0, n), (left, replace(self._left(n), trend=turned)))
        line = Mapped(left, lerp(self.min_lr, self.initial_lr), self.initial_lr < self.min_lr)
        return Joined((0, n), (line, Flat(self.min_lr))) if self.past_end == "hold" else line

    def _left(self, epochs: Time) -> Smooth:
        """What is left of the way: 1 at 0, 0 at `epochs`."""
        n = float(epochs)
        (warp, exact_warp), (bend, exact_bend) = power_of(self.time_power), power_of(self.power)
        portable = exact_warp and exact_bend
        return Smooth(lambda t: bend(1.0 - warp(t / n)), portable, FALLING, self.epochs)


class Cosine(Spec):
    """From `initial_lr` to `min_lr` along half a cosine; `cycles` 1 comes back up, 1.5 ends low again."""

    formula: ClassVar = (
        "min_lr + (initial_lr - min_lr) * ((1 + cos(2 pi cycles (e / epochs) ** time_power)) / 2) ** power"
    )
    past_end_is: ClassVar = "holds the value at epochs, or the cosine goes on (torch, Hugging Face)"
    example: ClassVar = {"kind": "cosine", "initial_lr": 0.1, "epochs": 90}
    names: ClassVar = {
        "torch": "CosineAnnealingLR",
        "transformers": "cosine",
        "optax": "cosine_decay_schedule",
        "keras": "CosineDecay",
        "timm": "CosineLRScheduler",
        "paddle": "CosineAnnealingDecay",
        "megatron": "cosine",
        "mmengine": "CosineAnnealingLR",
    }
    ends: ClassVar = ("initial_lr", "min_lr")

    kind: Literal["cosine"] = "cosine"
    initial_lr: Rate
    """The learning rate of epoch 0."""
    epochs: PositiveInt
    """How long the given number of cycles takes."""
    min_lr: Rate = 0.0
    """The lowest value."""
    cycles: Positive = 0.5
    """Whole cosines within `epochs`; 0.5 goes down once."""
    power: Positive = 1.0
    """The exponent of the cosine."""
    time_power: Positive = 1.0
    """The exponent of the time."""
    past_end: PastEnd = "hold"
    """Past `epochs`: hold the value reached, or let the cosine go on."""

    @model_validator(mode="after")
    def _waves_can_be_told_apart(self) -> Self:
        if not SHORTEST <= self.epochs / self.cycles < LONGEST:
            raise wrong("cycles", "must leave each cycle at least 1/1024 of an epoch, and at most 2^100 epochs")
        return self

    def build(self) -> Form:
        bend, exact_bend = power_of(self.power)
        wave = self._waves()
        if self.power != 1.0:
            wave = Mapped(wave, bend, portable=exact_bend)
        curve = Mapped(wave, lerp(self.min_lr, self.initial_lr), self.initial_lr < self.min_lr)
        if self.past_end == "continue":
            return curve
        return Joined((0, self.epochs), (curve, Flat(curve.value(self.epochs))))

    def _waves(self) -> Form:
        """1 at 0, and back to it after every `epochs / cycles`."""
        turns = 2.0 * self.cycles
        if self.time_power == 1.0:
            return HalfWaves(exact(self.epochs / turns), self.epochs)
        return WarpedWaves(turns, self.time_power, self.epochs)


class InverseTime(Spec):
    """Divide by a number that grows in proportion to time; a negative `power` multiplies by it (the range test)."""

    formula: ClassVar = "initial_lr * (1 + decay_rate * n) ** -power, n = e / decay_epochs; staircase: floor(n)"
    past_end_is: ClassVar = "goes on"
    example: ClassVar = {
        "kind": "inverse_time",
        "initial_lr": 0.1,
        "decay_rate": 0.5,
        "decay_epochs": 10,
    }
    names: ClassVar = {
        "keras": "InverseTimeDecay",
        "paddle": "InverseTimeDecay",
        "deepspeed": "LRRangeTest",
    }
    blame: ClassVar = "power"

    kind: Literal["inverse_time"] = "inverse_time"
    initial_lr: Rate
    """The learning rate of epoch 0."""
    decay_rate: Factor
    """What is added to the divisor in `decay_epochs` epochs."""
    decay_epochs: Length = 1.0
    """The time that `decay_rate` counts for; need not be whole."""
    power: Real = 1.0
    """The exponent of the divisor: 1 inverse time, 0.5 inverse square root, -1 a rising line."""
    staircase: StrictBool = False
    """Change all at once, at the end of each `decay_epochs`."""

    def build(self) -> Form:
        length = exact(self.decay_epochs)
        trend = trend_between(self.power, 0.0) if self.decay_rate > 0 else 0
        if self.staircase:
            return Stairs(self._after, length, trend)
        portable = self.power in (1.0, -1.0)
        return Smooth(lambda t: self._after(t / length), portable, trend)

    def _after(self, n: float) -> float:
        grown = 1.0 + self.decay_rate * n
        if self.power == 1.0:
            return self.initial_lr / grown
        if self.power == -1.0:
            return self.initial_lr * grown
        return self.initial_lr * power(grown, -self.power)
