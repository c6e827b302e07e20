"""What may be sent to runs: the bodies of the stateful half, and the commands they become."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StrictStr, model_validator

from setpoint.api.shapes import STEP, Metric
from setpoint.runs import command
from setpoint.runs.change import AnyChange
from setpoint.runs.name import Name, Text
from setpoint.runs.settings import Labels, Settings
from setpoint.schedules.number import Count, Epoch, Positive, PositiveInt, Rate
from setpoint.schedules.spec import Model, wrong

MOST_OWN_EPOCHS = 65_536


def _example(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class RunQuestion(Settings):
    """A run: its schedules, and how its workers share them."""

    model_config = _example(schedule=STEP)


class HeldGrant(Model):
    """The grant that the worker has in hands, as it was given it."""

    start: Epoch
    stop: Epoch
    digest: StrictStr
    incarnation: PositiveInt

    def asked(self) -> command.Held:
        return command.Held(self.start, self.stop, self.digest, self.incarnation)


class OwnEpochs(Model):
    """The learning rates that a worker used by itself, past its grant, while the service was gone."""

    start: Epoch
    """The epoch of the first of them."""
    lr: Annotated[tuple[Rate, ...], Field(min_length=1, max_length=MOST_OWN_EPOCHS)]
    groups: dict[Name, Annotated[tuple[Rate, ...], Field(max_length=MOST_OWN_EPOCHS)]] = Field(default_factory=dict)

    def asked(self) -> command.Unsealed:
        return command.Unsealed(self.start, self.lr, self.groups)


class CheckInQuestion(Model):
    """Where a worker is, and how far ahead it wants to know."""

    model_config = _example(epoch=3, lookahead=1)

    epoch: Epoch
    """The epoch it is at; never one it fetches ahead."""
    attempt: PositiveInt = 1
    """The attempt it belongs to."""
    lookahead: Count = 0
    """How many epochs past its own it wants, at most the run's `max_lookahead`."""
    held: HeldGrant | None = None
    """Its last grant, so that a service that has lost it can say so."""
    unsealed: OwnEpochs | None = None
    """What it trained on without a grant."""

    def asked(self, worker: str | None) -> command.CheckIn:
        held = None if self.held is None else self.held.asked()
        own = None if self.unsealed is None else self.unsealed.asked()
        return command.CheckIn(worker, self.epoch, self.attempt, self.lookahead, held, own)


class AttemptQuestion(Model):
    """Where to go back to, and what becomes of the plan from there on."""

    model_config = _example(from_epoch=4, changes=[{"op": "scale", "factor": 0.1}], reason="diverged")

    from_epoch: Epoch
    """Its first epoch; what is sealed before it stays."""
    keep: Literal["values", "changes", "nothing"] = "values"
    """`values`: what was sealed from there on is the plan; `changes`: it is planned anew with all changes; `nothing`:
    without those that took effect from there on."""
    changes: Annotated[tuple[AnyChange, ...], Field(max_length=64)] = ()
    """Changes to make right away, in order."""
    parent: PositiveInt | None = None
    """The attempt that it goes back in; the current one unless given."""
    checkpoint: Text | None = None
    """Where the weights are, for people."""
    reason: Text | None = None


class MetricQuestion(Model):
    """A metric of an epoch. What is no number is said in words."""

    model_config = _example(value=0.37)

    value: Metric
    """A number, "NaN", "Infinity" or "-Infinity"."""
    weight: Positive = 1.0
    """What it weighs in the mean: a number of samples, say."""
    attempt: PositiveInt = 1


class PatchQuestion(Model):
    """What to change about the run itself; nothing of it touches its learning rates."""

    model_config = _example(state="finished")

    state: Literal["finished", "archived"] | None = None
    labels: Labels | None = None
    """The new labels, all of them."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.state is None and self.labels is None:
            raise wrong("state", "give a `state`, or `labels`, or both")
        return self
