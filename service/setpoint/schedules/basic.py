"""Kinds made of levels and of knots."""

import math
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from setpoint.schedules.clock import Later
from setpoint.schedules.cycles import Cycles
from setpoint.schedules.form import Flat, Form, Stairs, Steps
from setpoint.schedules.joint import Joined
from setpoint.schedules.kernel import power
from setpoint.schedules.number import Factor, Milestones, Moment, PositiveInt, Rate
from setpoint.schedules.piece import Time, trend_between
from setpoint.schedules.shape import PastEnd, ramp
from setpoint.schedules.spec import Spec, wrong


class Constant(Spec):
    """The same at every epoch."""

    formula: ClassVar = "initial_lr"
    past_end_is: ClassVar = "the same for ever"
    example: ClassVar = {"kind": "constant", "initial_lr": 0.1}
    names: ClassVar = {"transformers": "constant", "optax": "constant_schedule", "fairseq": "fixed"}

    kind: Literal["constant"] = "constant"
    initial_lr: Rate
    """The learning rate."""

    def build(self) -> Form:
        return Flat(self.initial_lr)


class Step(Spec):
    """Multiply by `gamma` every `step_size` epochs.

    At 0: `initial_lr`. First drop: at `step_size`, not after it. Never ends.
    """

    formula: ClassVar = "initial_lr * gamma ** floor(e / step_size)"
    past_end_is: ClassVar = "goes on"
    example: ClassVar = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
    names: ClassVar = {
        "torch": "StepLR",
        "paddle": "StepDecay",
        "timm": "StepLRScheduler",
        "mmengine": "StepLR",
        "fairseq": "StepLRSchedule",
    }
    blame: ClassVar = "gamma"

    kind: Literal["step"] = "step"
    initial_lr: Rate
    """The learning rate of epoch 0."""
    step_size: PositiveInt
    """How many epochs from one drop to the next."""
    gamma: Factor = 0.1
    """What each drop multiplies the learning rate by."""

    def build(self) -> Form:
        lr, gamma = self.initial_lr, self.gamma
        return Stairs(lambda n: lr * power(gamma, n), self.step_size, trend_between(1.0, gamma))


class MultiStep(Spec):
    """Multiply by `gamma` at each milestone: from that epoch on. A milestone that stands twice counts twice."""

    formula: ClassVar = "initial_lr * gamma ** (number of milestones <= e)"
    past_end_is: ClassVar = "holds the last level"
    example: ClassVar = {
        "kind": "multistep",
        "initial_lr": 0.1,
        "milestones": [30, 80],
        "gamma": 0.1,
    }
    names: ClassVar = {
        "torch": "MultiStepLR",
        "paddle": "MultiStepDecay",
        "timm": "MultiStepLRScheduler",
        "mmengine": "MultiStepLR",
    }
    blame: ClassVar = "gamma"

    kind: Literal["multistep"] = "multistep"
    initial_lr: Rate
    """The learning rate before the first milestone."""
    milestones: Milestones
    """The epochs at which it drops, in ascending order."""
    gamma: Factor = 0.1
    """What each drop multiplies the learning rate by."""

    def build(self) -> Form:
        levels = [self.initial_lr * power(self.gamma, n) for n in range(len(self.milestones) + 1)]
        return Steps((0, *self.milestones), levels)


class Piecewise(Spec):
    """`values[i]` between its milestones; `side` says to which value a milestone itself belongs."""

    formula: ClassVar = "values[number of milestones <= e]; side left: [number of milestones < e]"
    past_end_is: ClassVar = "holds the last value"
    example: ClassVar = {"kind": "piecewise", "milestones": [10, 20], "values": [0.1, 0.05, 0.01]}
    names: ClassVar = {
        "keras": "PiecewiseConstantDecay",
        "paddle": "PiecewiseDecay",
        "optax": "piecewise_constant_schedule",
    }

    kind: Literal["piecewise"] = "piecewise"
    milestones: Milestones
    """The epochs at which the value changes, in ascending order."""
    values: Annotated[tuple[Rate, ...], Field(min_length=2, max_length=4097)]
    """One more than there are milestones."""
    side: Literal["right", "left"] = "right"
    """`right`: the new value holds at the milestone; `left`: from the epoch after it (Keras)."""

    @model_validator(mode="after")
    def _one_value_more(self) -> Self:
        if len(self.values) != len(self.milestones) + 1:
            raise wrong(
                "values",
                f"must be one more than there are milestones: {len(self.milestones) + 1}, not {len(self.values)}",
            )
        return self

    def build(self) -> Form:
        starts: list[Time] = list(self.milestones)
        if self.side == "left":
            starts = [math.nextafter(milestone, math.inf) for milestone in self.milestones]
        return Steps((0, *starts), self.values)


class Table(Spec):
    """An explicit value for each epoch."""

    formula: ClassVar = "values[e]"
    past_end_is: ClassVar = "holds the last value, or repeats the table"
    example: ClassVar = {"kind": "table", "values": [0.1, 0.05, 0.025]}

    kind: Literal["table"] = "table"
    values: Annotated[tuple[Rate, ...], Field(min_length=1, max_length=65_536)]
    """The learning rates of epochs 0, 1, 2 and so on."""
    past_end: Literal["hold", "repeat"] = "hold"
    """What comes after the last value: itself, or the table from its beginning."""

    def build(self) -> Form:
        steps = Steps(range(len(self.values)), self.values)
        return steps if self.past_end == "hold" else Cycles(len(self.values), 1, lambda _k, _n: steps)


Knot = tuple[Moment, Rate]


class Points(Spec):
    """Through the given knots, from one to the next along a line or half a cosine."""

    formula: ClassVar = (
        "between [e0, lr0] and [e1, lr1]: lr0 + (lr1 - lr0) * s((e - e0) / (e1 - e0)); s(x) = x or (1 - cos(pi x)) / 2"
    )
    past_end_is: ClassVar = "holds the last value, or the last formula runs on"
    example: ClassVar = {"kind": "points", "points": [[0, 0.01], [10, 0.1], [100, 0.001]]}
    names: ClassVar = {"optax": "piecewise_interpolate_schedule"}
    blame: ClassVar = "past_end"

    kind: Literal["points"] = "points"
    points: Annotated[tuple[Knot, ...], Field(min_length=1, max_length=4096)]
    """`[epoch, lr]`, ascending; an epoch may lie between two whole ones. Before the first knot its value holds."""
    shape: Literal["linear", "cosine"] = "linear"
    """How to get from knot to knot."""
    past_end: PastEnd = "hold"
    """Past the last knot: hold its value, or let the last formula run on."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if any(later[0] <= earlier[0] for earlier, later in pairwise(self.points)):
            raise wrong("points", "must be in ascending order of epochs, each epoch once")
        return self

    def build(self) -> Form:
        return through(self.points, self.shape, self.past_end)


def through(knots: tuple[Knot, ...], shape: Literal["linear", "cosine"], past_end: PastEnd) -> Form:
    """The form that passes through the knots."""
    (first, level), (_, final) = knots[0], knots[-1]
    starts: list[Time] = [0] if first > 0 else []
    members: list[Form] = [Flat(level)] if first > 0 else []
    for i, ((e0, lr0), (e1, lr1)) in enumerate(pairwise(knots)):
        last = i == len(knots) - 2
        if e1 <= 0 and not last:  # over before epoch 0
            continue
        starts.append(max(e0, 0))
        members.append(Later(ramp(lr0, lr1, e1 - e0, shape, past_end=past_end if last else "hold"), e0))
    if not members or len(knots) == 1:
        starts.append(max(first, 0))
        members.append(Flat(final))
    return Joined(starts, members)
