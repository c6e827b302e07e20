"""A run: what its events add up to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from setpoint.plateau.ledger import Ledger, Report
from setpoint.plateau.policy import State as Policy
from setpoint.runs.event import Changed, Diverged, Lifecycle, Origin, Recorded
from setpoint.runs.log import Keyed, Log
from setpoint.runs.plan import Plan
from setpoint.runs.reports import Reports
from setpoint.runs.sealed import Sealed
from setpoint.runs.settings import Settings

NO_METRICS = Ledger()


@dataclass(frozen=True, slots=True)
class Metric:
    epoch: int
    report: Report

    @property
    def key(self) -> tuple[int, str]:
        return self.epoch, self.report.worker


@dataclass(frozen=True)  # without slots, for `successor`
class Attempt:
    """One go at the training: its plan, what of it is sealed, and how far its workers are."""

    number: int
    parent: int | None
    from_epoch: int
    incarnation: int
    plan: Plan
    sealed: Sealed
    position: int
    reports: Reports = field(default_factory=Reports)
    """How far each worker is."""
    left: Reports = field(default_factory=Reports)
    """Workers that have reported and said goodbye, each with the position at which it did."""
    metrics: Keyed[Metric] = field(default_factory=Keyed[Metric])
    divergences: Log[Diverged] = field(default_factory=Log[Diverged])
    ledger: Ledger = NO_METRICS
    policy: Policy | None = None
    decisions: Log[tuple[int, Policy]] = field(default_factory=Log[tuple[int, Policy]])
    """The plateau policy's state after each epoch whose metric it decided on."""

    @property
    def frontier(self) -> int:
        """The first epoch that is not sealed."""
        return self.sealed.stop


@dataclass(frozen=True)  # without slots, for `successor`
class Run:
    name: str
    version: int
    """The id of its last event."""
    settings: Settings
    created: Origin
    labels: Mapping[str, str]
    state: Lifecycle
    plan_version: int
    attempts: tuple[Attempt, ...]
    changes: Log[Recorded] = field(default_factory=Log[Recorded])
    """The audit log: every change and every attempt after the first, as recorded."""
    keys: Mapping[str, Recorded] = field(default_factory=dict[str, Recorded])
    """What each idempotency key led to."""

    @property
    def attempt(self) -> Attempt:
        """The current one."""
        return self.attempts[-1]

    def frozen(self, incarnation: int) -> bool:
        """Whether it seals nothing in that life of the store, for what was sealed in the one before may be lost."""
        return self.state == "running" and self.attempt.incarnation != incarnation

    def change(self, number: int) -> Changed | None:
        """The change with that number."""
        for recorded in self.changes:
            if isinstance(recorded.event, Changed) and recorded.event.number == number:
                return recorded.event
        return None

    @property
    def last_change(self) -> int:
        """The highest number of a change."""
        numbers = (each.event.number for each in self.changes if isinstance(each.event, Changed))
        return max(numbers, default=0)


S = TypeVar("S", Run, Attempt)


def successor(before: S, /, **changes: object) -> S:
    """`before` with some of its fields changed: what `dataclasses.replace` does, in a fraction of its time.

    A check-in makes six of them, which was most of what it cost.
    """
    after = object.__new__(type(before))
    after.__dict__.update(before.__dict__, **changes)
    return after
