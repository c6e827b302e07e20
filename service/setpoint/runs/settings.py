"""What a run is created with."""

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from setpoint.plateau.policy import Plateau
from setpoint.plateau.spec import PlateauSpec
from setpoint.runs.name import Name, Text
from setpoint.schedules.kinds import Checked
from setpoint.schedules.number import Count, Epoch, PositiveInt, Rate, Real
from setpoint.schedules.spec import Model, Spec, wrong

MAX_LOOKAHEAD = 32_767
"""So that no check-in seals more than 65,536 epochs: it may lie one window past the frontier, and asks for another."""


class Bounds(Model):
    """Limits that keep a slip of the hand away from the workers. They concern `lr` and the groups."""

    min_lr: Rate | None = None
    """The plan never goes below it."""
    max_lr: Rate | None = None
    """Nor above it."""
    max_ratio: Annotated[Real, Field(ge=1)] | None = None
    """How far one change may move the learning rate at its first epoch, up or down, as a ratio."""

    @model_validator(mode="after")
    def _min_below_max(self) -> Self:
        if self.min_lr is not None and self.max_lr is not None and self.max_lr < self.min_lr:
            raise wrong("max_lr", f"must not be below min_lr, {self.min_lr!r}")
        return self


def _as_schedule(value: object) -> object:
    """A bare number stands for the schedule that always has that value."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {"kind": "constant", "initial_lr": value} if is_number else value


Value = Annotated[Checked, BeforeValidator(_as_schedule)]

Labels = Annotated[dict[Name, Text], Field(max_length=64)]


class Settings(Model):
    """A run as it is asked for: its schedules, and how its workers share them."""

    schedule: Checked
    """The learning rate's."""
    groups: Annotated[dict[Name, Checked], Field(max_length=64)] = Field(default_factory=dict)
    """Further learning rates, for parameter groups, sealed together with the first."""
    hyperparameters: Annotated[dict[Name, Value], Field(max_length=64)] = Field(default_factory=dict)
    """Other values sealed with them, such as momentum: schedules too, or plain numbers."""
    plateau: PlateauSpec | None = None
    """A policy that lowers the learning rates by the metrics that workers report."""
    unit: Literal["epoch", "step"] = "epoch"
    """What an epoch of the schedule is: a pass over the data, or one optimizer update."""
    progress: Literal["fastest", "slowest"] = "fastest"
    """Whose report the position follows."""
    workers: PositiveInt | None = None
    """How many workers are expected; needed where progress is slowest."""
    max_lookahead: Annotated[Count, Field(le=MAX_LOOKAHEAD)] | None = None
    """How many epochs past its own a worker may be granted: 1 where the unit is epoch, 1000 where it is step, unless
    given; 0 where epochs wait for metrics."""
    start_epoch: Epoch = 0
    """The first epoch: later than 0 where a training that is under way is adopted."""
    bounds: Bounds = Bounds()
    labels: Labels = Field(default_factory=dict)
    """Free text by name, to find runs by."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.progress == "slowest" and self.workers is None:
            raise wrong("workers", "is required where progress is slowest: the slowest of how many?")
        if "lr" in self.groups:
            raise wrong("groups", "must not name one `lr`: that is what the run's own schedule is called")
        if self.plateau is not None and self.plateau.simulated_only:
            raise wrong("plateau", "can only be simulated, not be followed by a run: POST /v1/simulations")
        return self

    @cached_property
    def policy(self) -> Plateau | None:
        """The plateau policy that the run follows."""
        return self.plateau if isinstance(self.plateau, Plateau) else None

    @cached_property
    def lookahead(self) -> int:
        """The limit that is in force."""
        if self.max_lookahead is not None:
            return self.max_lookahead
        if self.policy is not None and self.policy.wait:
            return 0  # nothing can be granted past an epoch whose metric is awaited
        return 1 if self.unit == "epoch" else 1000

    @cached_property
    def specs(self) -> tuple[Spec, ...]:
        """All schedules in the order of their columns: `lr`, the groups, the hyperparameters."""
        return (self.schedule, *self.groups.values(), *self.hyperparameters.values())

    @cached_property
    def rates(self) -> int:
        """How many of the columns are learning rates; the rest are hyperparameters."""
        return 1 + len(self.groups)

    @cached_property
    def rate_names(self) -> tuple[str, ...]:
        return ("lr", *self.groups)
