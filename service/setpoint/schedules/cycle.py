"""Kinds that repeat."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from setpoint.schedules.cycles import Cycles
from setpoint.schedules.decay import Cosine, Linear, Polynomial, Ramp
from setpoint.schedules.form import Flat, Form, Smooth, Steps
from setpoint.schedules.joint import Joined, Mapped, Product
from setpoint.schedules.kernel import lerp, power
from setpoint.schedules.number import Factor, Length, Multiple, Positive, PositiveInt, Rate, Stairs, exact
from setpoint.schedules.piece import FALLING, RISING, Time, trend_between
from setpoint.schedules.spec import Member, Spec, wrong

Decays: TypeAlias = Literal["peak", "amplitude", "both"]


def shrunk(decays: Decays, low: float, high: float, factor: float) -> tuple[float, float]:
    """The two ends of a cycle after its decay: of the peak, of the amplitude above the floor, or of both."""
    if decays == "amplitude":
        return low, low + (high - low) * factor
    return (low * factor if decays == "both" else low), high * factor


class CosineRestarts(Spec):
    """A cosine from `initial_lr` to `min_lr` in each cycle, and up again at once (SGDR)."""

    formula: ClassVar = (
        "min_lr + (initial_lr * cycle_decay ** k - min_lr) * (1 + cos(pi (u / T_k) ** time_power)) / 2; "
        "u: epochs since cycle k began; T_k = cycle_epochs * cycle_mult ** k"
    )
    past_end_is: ClassVar = "repeats; after `cycles` cycles, where given, min_lr"
    example: ClassVar = {
        "kind": "cosine_restarts",
        "initial_lr": 0.1,
        "cycle_epochs": 10,
        "cycle_mult": 2,
    }
    names: ClassVar = {
        "torch": "CosineAnnealingWarmRestarts",
        "transformers": "cosine_with_restarts",
        "optax": "sgdr_schedule",
        "keras": "CosineDecayRestarts",
        "timm": "CosineLRScheduler",
        "paddle": "CosineAnnealingWarmRestarts",
        "fairseq": "CosineLRSchedule",
        "mmengine": "CosineRestartLR",
    }
    blame: ClassVar = "cycle_decay"

    kind: Literal["cosine_restarts"] = "cosine_restarts"
    initial_lr: Rate
    """The value at the start of the first cycle."""
    cycle_epochs: Length
    """How long the first cycle is; need not be whole."""
    cycle_mult: Multiple = 1.0
    """How much longer each cycle is than the one before it."""
    cycle_decay: Factor = 1.0
    """What each cycle's start is multiplied by, against the one before it."""
    decays: Decays = "peak"
    """What `cycle_decay` acts on: the peak, the amplitude above `min_lr`, or both peak and `min_lr`."""
    min_lr: Rate = 0.0
    """The value that each cycle runs towards."""
    time_power: Positive = 1.0
    """The exponent of the time within a cycle."""
    cycles: PositiveInt | None = None
    """How many cycles; for ever unless given."""

    def build(self) -> Form:
        first, mult = exact(self.cycle_epochs), exact(self.cycle_mult)
        return Cycles(first, mult, self._cycle, self.cycles, Flat(self.min_lr))

    def _cycle(self, k: int, length: Time) -> Form:
        low, high = shrunk(self.decays, self.min_lr, self.initial_lr, power(self.cycle_decay, k))
        once = Cosine.model_construct(initial_lr=high, min_lr=low, epochs=length, time_power=self.time_power)
        return once.build()


class Cyclic(Spec):
    """Triangles between `min_lr` and `peak_lr`."""

    formula: ClassVar = (
        "min_lr + (peak_lr - min_lr) * triangle(e) * scale; "
        "triangular: scale 1; triangular2: 0.5 ** cycle; exp_range: gamma ** e"
    )
    past_end_is: ClassVar = "repeats"
    example: ClassVar = {"kind": "cyclic", "min_lr": 0.001, "peak_lr": 0.01, "up_epochs": 2000}
    names: ClassVar = {
        "torch": "CyclicLR",
        "paddle": "CyclicLR",
        "deepspeed": "OneCycle",
        "fairseq": "TriangularLRSchedule",
    }
    blame: ClassVar = "gamma"

    kind: Literal["cyclic"] = "cyclic"
    min_lr: Rate
    """The value between the triangles."""
    peak_lr: Rate
    """The top of the first triangle."""
    up_epochs: PositiveInt
    """How long a triangle rises."""
    down_epochs: PositiveInt | None = None
    """How long it falls; `up_epochs` unless given."""
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular"
    """`triangular2` halves each triangle, `exp_range` shrinks it by `gamma` at every epoch."""
    gamma: Factor = 1.0
    """The factor of `exp_range`, per epoch."""
    cycle_decay: Factor = 1.0
    """What each triangle is multiplied by, against the one before it."""
    decays: Decays = "amplitude"
    """What `cycle_decay` acts on: the amplitude above `min_lr`, the peak, or both peak and `min_lr`."""
    up_stairs: Stairs = 0
    """Rise in that many steps instead of a line."""
    down_stairs: Stairs = 0
    """Fall in that many steps instead of a line."""

    def implied(self) -> dict[str, Any]:
        return {"down_epochs": self.up_epochs}

    @model_validator(mode="after")
    def _one_kind_of_decay(self) -> Self:
        if self.mode != "exp_range" and self.gamma != 1.0:
            raise wrong("gamma", "goes with mode exp_range")
        if self.mode != "triangular" and self.decays != "amplitude":
            raise wrong("decays", "must be amplitude where mode shrinks the triangles already")
        return self

    def build(self) -> Form:
        if self.mode == "exp_range":
            rise = lerp(self.min_lr, self.peak_lr)
            return Mapped(self._scaled(), rise, falling=self.peak_lr < self.min_lr)
        decay = self.cycle_decay * (0.5 if self.mode == "triangular2" else 1.0)
        return self._cycles(lambda k: shrunk(self.decays, self.min_lr, self.peak_lr, power(decay, k)))

    def _scaled(self) -> Form:
        """The triangles of `exp_range`, between 0 and `gamma ** e`."""
        gamma = self.gamma
        triangles = self._cycles(lambda k: (0.0, power(self.cycle_decay, k)))
        return Product((triangles, Smooth(lambda t: power(gamma, t), False, trend_between(1.0, gamma))))

    def _cycles(self, ends: Callable[[int], tuple[float, float]]) -> Form:
        """Triangle k between the `ends(k)`."""
        triangle = self._triangle()

        def cycle(k: int, _length: Time) -> Form:
            low, high = ends(k)
            return Mapped(triangle, lerp(low, high), falling=high < low)

        return Cycles(self.up_epochs + self._down, 1, cycle)

    @property
    def _down(self) -> int:
        return self.down_epochs or self.up_epochs

    def _triangle(self) -> Form:
        """0 at 0, 1 at `up_epochs`, 0 again at the end."""
        up, down, steps, steps_down = self.up_epochs, self._down, self.up_stairs, self.down_stairs
        rise: Form = Smooth(lambda t: t / up, True, RISING)
        fall: Form = Smooth(lambda t: (up + down - t) / down, True, FALLING)
        if steps:
            rise = Steps([up * i / steps for i in range(steps)], [i / steps for i in range(steps)])
        if steps_down:
            starts = [0, *(up + down * i / steps_down for i in range(1, steps_down))]
            fall = Steps(starts, [1 - i / steps_down for i in range(steps_down)])
        return Joined((0, up), (rise, fall))


Repeatable: TypeAlias = Annotated[Linear | Polynomial | Cosine | Ramp, Field(discriminator="kind")]


class Restarts(Spec):
    """A schedule that has `epochs`, over and over: longer by `cycle_mult` and lower by `cycle_decay` each time."""

    formula: ClassVar = (
        "the member with epochs * cycle_mult ** k and its two ends decayed, on a clock that starts anew with cycle k"
    )
    past_end_is: ClassVar = "repeats; after `cycles` cycles, where given, the member's final value"
    example: ClassVar = {
        "kind": "restarts",
        "schedule": {"kind": "polynomial", "initial_lr": 0.1, "epochs": 10, "power": 2},
        "cycle_decay": 0.5,
    }
    names: ClassVar = {"timm": "PolyLRScheduler, TanhLRScheduler"}
    blame: ClassVar = "cycle_decay"

    kind: Literal["restarts"] = "restarts"
    schedule: Repeatable
    """The first cycle: linear, polynomial, cosine or ramp."""
    cycle_mult: Multiple = 1.0
    """How much longer each cycle is than the one before it."""
    cycle_decay: Factor = 1.0
    """What each cycle is multiplied by, against the one before it."""
    decays: Decays = "peak"
    """What `cycle_decay` acts on: the start, the amplitude above the final value, or both start and final value."""
    cycles: PositiveInt | None = None
    """How many cycles; for ever unless given."""

    @model_validator(mode="after")
    def _ends_within_the_cycle(self) -> Self:
        if self.schedule.past_end != "hold":
            raise wrong("schedule", "must have past_end hold: a cycle ends where the next begins")
        return self

    def members(self) -> Iterator[Member]:
        yield Member("/schedule", self.schedule)

    def build(self) -> Form:
        first, mult = self.schedule.epochs, exact(self.cycle_mult)
        after = Flat(self._final()) if self.cycles else None
        return Cycles(first, mult, self._cycle, self.cycles, after)

    def _cycle(self, k: int, length: Time) -> Form:
        top, floor = self.schedule.ends
        low, high = getattr(self.schedule, floor), getattr(self.schedule, top)
        low, high = shrunk(self.decays, low, high, power(self.cycle_decay, k))
        changes = {"epochs": length, floor: low, top: high}
        return self.schedule.model_copy(update=changes).build()

    def _final(self) -> float:
        return self.schedule.form.value(self.schedule.epochs)
