"""What every plateau policy is: a fold over metrics that yields a scale, and a floor for it.

With `planned(e)` the learning rate of the schedule alone, the one that is served is

    scaled(planned(e), scale, floor) = max(planned(e) * scale, min(planned(e), floor))

where `scale` is 1 at first and is multiplied by `factor` at each reduction. On a constant
schedule this is the libraries' `lr = max(lr * factor, min_lr)`. On any other the schedule goes on
underneath and the policy multiplies what it says, as if the two were chained. The floor holds the
policy back and never lifts the schedule: a schedule that falls below it by itself, or starts
below it, is passed through.

A group has its own scale, since the libraries ask of each parameter group whether a reduction is
worth it (torch's `eps`) or possible (the floor). They ask it of the learning rate the metric was
earned with: that of the metric's own epoch.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field, StrictBool

from setpoint.plateau.aggregate import Aggregate
from setpoint.schedules.number import Count, PositiveInt, Rate
from setpoint.schedules.spec import Model

Shrink = Annotated[Rate, Field(lt=1)]


@dataclass(frozen=True, slots=True)
class State:
    """What a plateau policy remembers from one metric to the next."""

    best: float | None  # None: no metric yet, and the first one will be the best whatever it is
    bad: int  # metrics in a row that were not better
    cooldown: int  # metrics still to be forgiven after a reduction
    scales: tuple[float, ...]  # one for each learning rate, in the caller's order
    gathered: int = 0  # metrics in `mean`, where several are averaged before each look
    mean: float = 0.0


def scaled(planned: float, scale: float, floor: float) -> float:
    """The learning rate that is served: `max(planned * scale, min(planned, floor))`."""
    return max(planned * scale, min(planned, floor))


class Plateau(Model):
    """The part that all variants share: which metrics are read, and how several reports make one.

    Metrics are read at the end of every `every`-th epoch: those for which `every` divides `epoch
    + 1`, from `warmup_epochs` on. An epoch is decided once `reports` different workers have
    reported it, on the `aggregate` of their values. With `wait` an epoch is not sealed before the
    metrics up to it are decided.
    """

    simulated_only: ClassVar[bool] = False

    factor: Shrink = 0.1
    """What a reduction multiplies the learning rate by."""
    patience: Count = 10
    """How many metrics in a row may be no better before a reduction."""
    cooldown: Count = 0
    """For how many metrics after a reduction none of them counts as bad."""
    every: PositiveInt = 1
    """Epochs between metrics: those at the end of every so many epochs are read."""
    reports: PositiveInt = 1
    """How many workers must report an epoch before it is decided."""
    aggregate: Aggregate = "mean"
    """What their reports are made into."""
    wait: StrictBool = False
    """Whether an epoch waits for the decisions on those before it."""
    warmup_epochs: Count = 0
    """Epochs at the start whose metrics are not read."""

    def reads(self, epoch: int) -> bool:
        """Whether the metric of `epoch` counts."""
        return epoch >= self.warmup_epochs and (epoch + 1) % self.every == 0

    @property
    @abstractmethod
    def floor(self) -> float:
        """What the policy reduces no learning rate below."""

    @abstractmethod
    def start(self, groups: int = 1) -> State:
        """The state before any metric, for so many learning rates."""

    @abstractmethod
    def step(self, state: State, metric: float, planned: Sequence[float]) -> State:
        """The state after `metric`, any float, NaN and infinities included. Pure.

        `planned` is what the schedules alone say for the metric's epoch, one value for each of
        `state.scales`. The scales of the result act from the next epoch on.
        """
