"""Kinds made of other schedules. A member may be of any kind, these included."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from setpoint.schedules.clock import Later, Stretched
from setpoint.schedules.form import Flat, Form
from setpoint.schedules.joint import Joined, Mapped, Product
from setpoint.schedules.kernel import clip
from setpoint.schedules.number import Epoch, Factor, Milestones, PositiveInt, Rate, Whole
from setpoint.schedules.piece import Time
from setpoint.schedules.shape import ShapeName, ramp
from setpoint.schedules.spec import Member, Spec, above_zero, wrong

if TYPE_CHECKING:
    from setpoint.schedules.kinds import Schedule

Clock = Literal["local", "global"]


class Warmup(Spec):
    """A ramp up over `warmup_epochs`, and then the member."""

    formula: ClassVar = (
        "e < warmup_epochs: ramp from warmup_initial_lr to peak_lr; then schedule(e - warmup_epochs), or schedule(e)"
    )
    past_end_is: ClassVar = "the member's"
    example: ClassVar = {
        "kind": "warmup",
        "warmup_epochs": 5,
        "schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 85},
    }
    names: ClassVar = {
        "paddle": "LinearWarmup",
        "optax": "warmup_cosine_decay_schedule",
        "timm": "warmup_t",
        "torch": "SequentialLR of LinearLR and another",
    }

    kind: Literal["warmup"] = "warmup"
    warmup_epochs: PositiveInt
    """How long the warm-up takes."""
    schedule: "Schedule"
    """What comes after it."""
    warmup_initial_lr: Rate = 0.0
    """Where the warm-up starts."""
    peak_lr: Rate | None = None
    """Where it ends; the member's value where it takes over, unless given."""
    shape: ShapeName = "linear"
    """The way up: see the shapes of `ramp`."""
    clock: Clock = "local"
    """`local`: the member's clock starts after the warm-up; `global`: it has been running all along."""

    @model_validator(mode="after")
    def _geometric_never_leaves_zero(self) -> Self:
        above_zero("warmup_initial_lr", self.warmup_initial_lr, self.shape)
        if self.peak_lr is not None:
            above_zero("peak_lr", self.peak_lr, self.shape)
        return self

    def members(self) -> Iterator[Member]:
        yield Member("/schedule", self.schedule)

    def implied(self) -> dict[str, Any]:
        return {"peak_lr": self._body.value(self.warmup_epochs)}

    def build(self) -> Form:
        w, body = self.warmup_epochs, self._body
        peak = body.value(w) if self.peak_lr is None else self.peak_lr
        return Joined((0, w), (ramp(self.warmup_initial_lr, peak, w, self.shape), body))

    @property
    def _body(self) -> Form:
        return Later(self.schedule.form, self.warmup_epochs) if self.clock == "local" else self.schedule.form


class Sequence(Spec):
    """One schedule after another: member i from milestone i - 1 on."""

    formula: ClassVar = (
        "schedules[i](e - milestones[i - 1]), i: the number of milestones <= e; clock global: schedules[i](e)"
    )
    past_end_is: ClassVar = "the last member's"
    example: ClassVar = {
        "kind": "sequence",
        "schedules": [
            {"kind": "linear", "initial_lr": 0.01, "final_lr": 0.1, "epochs": 5},
            {"kind": "cosine", "initial_lr": 0.1, "epochs": 85},
        ],
        "milestones": [5],
    }
    names: ClassVar = {"torch": "SequentialLR", "optax": "join_schedules"}

    kind: Literal["sequence"] = "sequence"
    schedules: Annotated[tuple["Schedule", ...], Field(min_length=2)]
    """The members, in order."""
    milestones: Milestones
    """Where each but the first takes over, in ascending order: one fewer than there are members."""
    clock: Clock = "local"
    """`local`: each member's clock starts where it takes over; `global`: all have been running from 0."""

    @model_validator(mode="after")
    def _one_milestone_fewer(self) -> Self:
        if len(self.milestones) != len(self.schedules) - 1:
            raise wrong(
                "milestones",
                f"must be one fewer than there are schedules: {len(self.schedules) - 1}, not {len(self.milestones)}",
            )
        return self

    def members(self) -> Iterator[Member]:
        for i, schedule in enumerate(self.schedules):
            yield Member(f"/schedules/{i}", schedule)

    def build(self) -> Form:
        starts = (0, *self.milestones)
        forms = [schedule.form for schedule in self.schedules]
        if self.clock == "local":
            forms = [Later(form, start) for form, start in zip(forms, starts, strict=True)]
        return Joined(starts, forms)


class ProductOf(Spec):
    """The members' values multiplied: the first is a learning rate, the others are factors."""

    formula: ClassVar = "schedules[0](e) * schedules[1](e) * ..."
    past_end_is: ClassVar = "the members'"
    example: ClassVar = {
        "kind": "product",
        "schedules": [
            {"kind": "step", "initial_lr": 0.1, "step_size": 30},
            {"kind": "linear", "initial_lr": 0.1, "final_lr": 1.0, "epochs": 5},
        ],
    }
    names: ClassVar = {"torch": "ChainedScheduler"}

    kind: Literal["product"] = "product"
    schedules: Annotated[tuple["Schedule", ...], Field(min_length=1)]
    """The members; what the later ones call `initial_lr` is a factor."""

    def members(self) -> Iterator[Member]:
        for i, schedule in enumerate(self.schedules):
            yield Member(f"/schedules/{i}", schedule)

    def build(self) -> Form:
        return Product([schedule.form for schedule in self.schedules])


class Scale(Spec):
    """The member's values times `factor`; a factor below 1 takes nothing below `floor` that is not below it already."""

    formula: ClassVar = "max(schedule(e) * factor, min(schedule(e), floor))"
    past_end_is: ClassVar = "the member's"
    example: ClassVar = {
        "kind": "scale",
        "factor": 0.5,
        "schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 90},
    }
    blame: ClassVar = "factor"

    kind: Literal["scale"] = "scale"
    schedule: "Schedule"
    """The member."""
    factor: Factor
    """What its values are multiplied by."""
    floor: Rate = 0.0
    """How low the factor may take a value; what lies below it by itself passes through."""

    def members(self) -> Iterator[Member]:
        yield Member("/schedule", self.schedule)

    def build(self) -> Form:
        return Mapped(self.schedule.form, self._scaled)

    def _scaled(self, lr: float) -> float:
        if self.floor == 0.0:
            return lr * self.factor
        return clip(lr * self.factor, clip(lr, 0.0, self.floor), math.inf)


class Clamp(Spec):
    """The member's values, kept between `min_lr` and `max_lr`."""

    formula: ClassVar = "min(max(schedule(e), min_lr), max_lr)"
    past_end_is: ClassVar = "the member's"
    example: ClassVar = {
        "kind": "clamp",
        "min_lr": 0.001,
        "schedule": {"kind": "exponential", "initial_lr": 0.1, "gamma": 0.95},
    }
    names: ClassVar = {"optax": "end_value"}

    kind: Literal["clamp"] = "clamp"
    schedule: "Schedule"
    """The member."""
    min_lr: Rate = 0.0
    """Nothing below it."""
    max_lr: Rate | None = None
    """Nothing above it, where given."""

    @model_validator(mode="after")
    def _min_below_max(self) -> Self:
        if self.max_lr is not None and self.max_lr < self.min_lr:
            raise wrong("max_lr", f"must not be below min_lr, {self.min_lr!r}")
        return self

    def members(self) -> Iterator[Member]:
        yield Member("/schedule", self.schedule)

    def build(self) -> Form:
        low, high = self.min_lr, float("inf") if self.max_lr is None else self.max_lr
        return Mapped(self.schedule.form, lambda lr: clip(lr, low, high))


class Shift(Spec):
    """The member on a clock that is `offset` ahead, and that stands still before `first` and after `last`."""

    formula: ClassVar = "schedule(min(max(e + offset, first), last))"
    past_end_is: ClassVar = "the member's; where `last` is given, the member's value there"
    example: ClassVar = {
        "kind": "shift",
        "offset": 1,
        "schedule": {"kind": "multistep", "initial_lr": 0.1, "milestones": [30, 80]},
    }

    kind: Literal["shift"] = "shift"
    schedule: "Schedule"
    """The member."""
    offset: Whole
    """How far the member's clock is ahead; negative: behind."""
    first: Epoch = 0
    """The member's clock shows at least this."""
    last: Epoch | None = None
    """And at most this, where given."""

    @model_validator(mode="after")
    def _first_before_last(self) -> Self:
        if self.last is not None and self.last < self.first:
            raise wrong("last", f"must not be before first, {self.first}")
        return self

    def members(self) -> Iterator[Member]:
        yield Member("/schedule", self.schedule)

    def build(self) -> Form:
        member, starts = self.schedule.form, self.first - self.offset
        if self.last is not None:
            held = Flat(member.value(self.last))
            member = Joined((0, self.last), (member, held))
        later = Later(member, -self.offset)
        if starts <= 0:
            return later
        return Joined((0, starts), (Flat(member.value(self.first)), later))


class Stretch(Spec):
    """The member on a slower or faster clock, `(offset + rate * e) / parts`: what extending a run leaves behind."""

    formula: ClassVar = "schedule(max(offset + rate * e, 0) / parts)"
    past_end_is: ClassVar = "the member's"
    example: ClassVar = {
        "kind": "stretch",
        "rate": 2,
        "parts": 3,
        "schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 90},
    }

    kind: Literal["stretch"] = "stretch"
    schedule: "Schedule"
    """The member."""
    offset: Whole = 0
    """What the member's clock shows at epoch 0, in parts of an epoch."""
    rate: PositiveInt
    """How many parts of an epoch it advances in an epoch."""
    parts: PositiveInt
    """How many parts an epoch of the member has."""

    def members(self) -> Iterator[Member]:
        yield Member("/schedule", self.schedule)

    def build(self) -> Form:
        member = self.schedule.form
        stretched = Stretched(member, self.offset, self.rate, self.parts)
        starts: Time = stretched.epoch_at(0)
        if starts <= 0:
            return stretched
        return Joined((0, starts), (Flat(member.value(0)), stretched))
