"""Receipts: what a change or a new attempt did."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

from setpoint.runs.change import Change
from setpoint.runs.event import AttemptOpened, Changed, Origin, Recorded
from setpoint.runs.state import Run
from setpoint.wire.lr import Named, split
from setpoint.wire.plan import RunCurve


class Receipt(TypedDict):
    """A change of the plan: from which epoch on it holds, and that epoch's learning rates before and after."""

    change: int
    op: str
    effective_epoch: int
    lr_before: float
    lr_after: float
    groups_before: Named
    groups_after: Named
    plan_version: int
    attempt: int
    at: str
    actor: str
    reason: str | None
    request: dict[str, Any]
    curve: NotRequired[RunCurve]


class Opened(TypedDict):
    """A new attempt, and the numbers of the changes it goes without."""

    attempt: int
    parent: int
    from_epoch: int
    frontier: int
    dropped: list[int]
    plan_version: int
    keep: str
    checkpoint: str | None
    reason: str | None
    at: str
    actor: str
    changes: list[Receipt]
    curve: NotRequired[RunCurve]


def asked(change: Change) -> dict[str, Any]:
    """A change as it was taken, with its defaults: from the journal it reads as it did when it was sent."""
    return change.model_dump(mode="json", exclude_none=True)


def receipt(run: Run, event: Changed, origin: Origin) -> Receipt:
    request = asked(event.change)
    lr_before, groups_before, _ = split(run.settings, lambda i: event.before[i])
    lr_after, groups_after, _ = split(run.settings, lambda i: event.after[i])
    return {
        "change": event.number,
        "op": request["op"],
        "effective_epoch": event.effective_epoch,
        "lr_before": lr_before,
        "lr_after": lr_after,
        "groups_before": groups_before,
        "groups_after": groups_after,
        "plan_version": event.plan_version,
        "attempt": event.attempt,
        "at": origin.at,
        "actor": origin.actor,
        "reason": event.change.reason,
        "request": request,
    }


def opened(run: Run, event: AttemptOpened, origin: Origin) -> Opened:
    """The receipt of the attempt that `event` opened; its frontier is where it is now."""
    return {
        "attempt": event.attempt,
        "parent": event.parent,
        "from_epoch": event.from_epoch,
        "frontier": run.attempts[event.attempt - 1].frontier,
        "dropped": list(event.dropped),
        "plan_version": event.plan_version,
        "keep": event.keep,
        "checkpoint": event.checkpoint,
        "reason": event.reason,
        "at": origin.at,
        "actor": origin.actor,
        "changes": _with_it(run, event),
    }


def _with_it(run: Run, event: AttemptOpened) -> list[Receipt]:
    """The changes that were asked for together with the attempt."""
    return [
        receipt(run, each.event, each.origin)
        for each in run.changes
        if isinstance(each.event, Changed) and each.event.number in event.changes
    ]


def audited(run: Run, recorded: Recorded) -> dict[str, Any]:
    """An entry of the audit log: its event id, and the receipt."""
    event = recorded.event
    if isinstance(event, Changed):
        return {"id": recorded.id, "type": "change", **receipt(run, event, recorded.origin)}
    assert isinstance(event, AttemptOpened)
    return {"id": recorded.id, "type": "attempt", **opened(run, event, recorded.origin)}


class Log(TypedDict):
    """The audit log of a run, oldest first."""

    run: str
    changes: list[dict[str, Any]]
