"""What a worker does past its grant while the service is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from setpoint.client.grant import Values
from setpoint.errors import InvalidRequest, Unavailable

OnOutage: TypeAlias = Literal["stall", "plan", "raise"]
State: TypeAlias = Literal["ready", "stale", "exhausted"]

PLANNED_AHEAD = 16_384
"""Epochs of the plan that are kept at hand, to go on by."""
MOST_TOLD_AT_ONCE = 32_768
"""Epochs of its own that a worker tells of in one check-in; the service takes twice as many."""


_USUAL_SECONDS: Mapping[str, float] = {"stall": 300.0, "plan": 10.0, "raise": 10.0}


class Exhausted(Unavailable):
    """The grant is used up, and the service is not there to give another."""

    code = "exhausted"
    title = "The grant is used up, and the service does not answer"
    advice = (
        "Bring the service back, or choose how an outage is met: on_outage='plan' goes on by the plan, "
        "outage_seconds says how long to wait, max_lookahead of the run how long a grant is."
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """How long to wait past the grant, and what then: `plan` goes on by the planned values, the others raise.

    `wait_seconds` is for other workers: for their metrics, or the slowest of them.
    """

    on_outage: OnOutage
    outage_seconds: float
    wait_seconds: float

    @staticmethod
    def of(on_outage: OnOutage, outage_seconds: float | None, wait_seconds: float) -> "Terms":
        """With the usual times where none is given.

        Raises:
            InvalidRequest: there is no such way to meet an outage.
        """
        if on_outage not in _USUAL_SECONDS:
            raise InvalidRequest(f"on_outage is one of {', '.join(_USUAL_SECONDS)}, and not {on_outage!r}")
        usual = _USUAL_SECONDS[on_outage]
        return Terms(on_outage, usual if outage_seconds is None else outage_seconds, wait_seconds)


class Schedule(Protocol):
    """A schedule of `setpoint.schedules`."""

    def lr(self, epoch: int) -> float: ...


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan from `start` on, as the service last told it: what it would have sealed."""

    start: int
    lr: Sequence[float]
    groups: Mapping[str, Sequence[float]]
    plan_version: int
    hyperparameters: Mapping[str, Schedule]

    @staticmethod
    def of(curve: Mapping[str, Any], hyperparameters: Mapping[str, Schedule]) -> "Planned":
        groups = curve.get("groups", {})
        return Planned(curve["start"], curve["lr"], groups, curve["plan_version"], hyperparameters)

    @property
    def stop(self) -> int:
        return self.start + len(self.lr)

    def values(self, epoch: int, last: Mapping[str, float]) -> Values:
        """What is planned for `epoch`; hyperparameters whose plan is not known stay what they were `last`."""
        at = epoch - self.start
        groups = {name: column[at] for name, column in self.groups.items()}
        planned = {name: schedule.lr(epoch) for name, schedule in self.hyperparameters.items()}
        return Values(self.lr[at], groups, {**last, **planned})


@dataclass
class Own:
    """The values that a worker went by without a grant, from `start` on without a hole."""

    start: int
    values: list[Values] = field(default_factory=list[Values])

    @property
    def stop(self) -> int:
        return self.start + len(self.values)

    def __contains__(self, epoch: int) -> bool:
        return self.start <= epoch < self.stop

    def told(self) -> dict[str, Any]:
        """What a check-in says of the first of them."""
        values = self.values[:MOST_TOLD_AT_ONCE]
        groups = {name: [each.groups[name] for each in values] for name in values[0].groups}
        return {"start": self.start, "lr": [each.lr for each in values], "groups": groups}

    def without_told(self) -> "Own | None":
        """Those that were not told yet."""
        rest = self.values[MOST_TOLD_AT_ONCE:]
        return Own(self.start + MOST_TOLD_AT_ONCE, rest) if rest else None
