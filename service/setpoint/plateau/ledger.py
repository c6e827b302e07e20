"""Which metrics are decided on, where several workers report them in any order.

An epoch completes with the first report of the last worker it waits for, and is decided then,
once. The completion of a later epoch passes over an earlier incomplete one for good, so decisions
come in the order of epochs and depend on nothing but the order in which epochs complete. A second
report of the same worker for the same epoch, one for an epoch that is decided or passed over, and
one for an epoch that the policy doesn't read change nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from setpoint.plateau.aggregate import aggregate
from setpoint.plateau.policy import Plateau


@dataclass(frozen=True, slots=True)
class Report:
    """What one worker says of one epoch: any float, and what it weighs in a mean (positive)."""

    worker: str
    value: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Decision:
    """The metric of an epoch, settled."""

    epoch: int
    metric: float


def _nothing() -> Mapping[int, tuple[Report, ...]]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ledger:
    """How far decisions are, and the reports of the epochs that still wait for others."""

    decided: int | None = None  # the last epoch decided; all before it are decided or passed over
    waiting: Mapping[int, tuple[Report, ...]] = field(default_factory=_nothing)

    def is_past(self, epoch: int) -> bool:
        """Whether a report for `epoch` comes too late."""
        return self.decided is not None and epoch <= self.decided


def record(policy: Plateau, ledger: Ledger, epoch: int, report: Report) -> tuple[Ledger, Decision | None]:
    """The ledger with `report` in it, and the decision where it completes its epoch. Pure."""
    there = ledger.waiting.get(epoch, ())
    if ledger.is_past(epoch) or not policy.reads(epoch) or _has(there, report.worker):
        return ledger, None
    reports = (*there, report)
    if len(reports) < policy.reports:
        return Ledger(ledger.decided, {**ledger.waiting, epoch: reports}), None
    later = {other: those for other, those in ledger.waiting.items() if other > epoch}
    return Ledger(epoch, later), Decision(epoch, _metric(policy, reports))


def decide(
    policy: Plateau, arrivals: Iterable[tuple[int, Report]], ledger: Ledger | None = None
) -> tuple[Decision, ...]:
    """All decisions that these (epoch, report) pairs lead to, in the order of their epochs."""
    ledger = ledger or Ledger()
    decisions: list[Decision] = []
    for epoch, report in arrivals:
        ledger, decision = record(policy, ledger, epoch, report)
        if decision is not None:
            decisions.append(decision)
    return tuple(decisions)


def awaited(policy: Plateau, ledger: Ledger, epoch: int, start_epoch: int = 0) -> int | None:
    """The epoch whose metric must be decided before `epoch` may be sealed, if there is one.

    Only a policy with `wait` awaits anything: the last epoch before `epoch` that it reads. A run
    that began at `start_epoch` awaits nothing from before.
    """
    last = epoch // policy.every * policy.every - 1
    if not policy.wait or last < max(policy.warmup_epochs, start_epoch) or ledger.is_past(last):
        return None
    return last


def _has(reports: tuple[Report, ...], worker: str) -> bool:
    return any(report.worker == worker for report in reports)


def _metric(policy: Plateau, reports: tuple[Report, ...]) -> float:
    values = [report.value for report in reports]
    return aggregate(values, [report.weight for report in reports], policy.aggregate)
