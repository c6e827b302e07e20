"""The refusals that several commands share."""

from setpoint.errors import (
    BeforeStart,
    Fault,
    HistoryDiverged,
    InvalidRequest,
    KeyReused,
    PlanChanged,
    PreconditionRequired,
    RunArchived,
    RunFinished,
    StaleAttempt,
)
from setpoint.runs.command import Condition, PlanTag
from setpoint.runs.event import Key, Recorded
from setpoint.runs.state import Run


def current(run: Run, attempt: int, incarnation: int) -> None:
    """Only the current attempt may act. One that is not known was lost, where the run has outlived a restore."""
    now = run.attempt
    if attempt < now.number:
        raise StaleAttempt(
            f"attempt {attempt} was superseded by attempt {now.number}, which began at epoch {now.from_epoch}",
            attempt=now.number,
            from_epoch=now.from_epoch,
        )
    if attempt > now.number and run.attempts[0].incarnation < incarnation:
        raise HistoryDiverged(
            f"the store was restored, and has no attempt {attempt}: the last one it knows is {now.number}",
            frontier=now.frontier,
        )
    if attempt > now.number:
        detail = f"there is no attempt {attempt}: the current one is {now.number}"
        raise InvalidRequest(detail, faults=[Fault("/attempt", detail)], attempt=now.number)


def since_start(run: Run, epoch: int) -> None:
    start = run.settings.start_epoch
    if epoch < start:
        detail = f"run {run.name} begins at epoch {start}"
        raise BeforeStart(detail, faults=[Fault("/epoch", detail)], start_epoch=start)


def not_archived(run: Run) -> None:
    if run.state == "archived":
        raise RunArchived(f"run {run.name} is archived")


def running(run: Run) -> None:
    not_archived(run)
    if run.state == "finished":
        raise RunFinished(f"run {run.name} is finished at epoch {run.attempt.frontier}", frontier=run.attempt.frontier)


def plan_tag(run: Run, incarnation: int) -> PlanTag:
    """Which plan this is: never of the frontier, or busy runs could not be changed."""
    return PlanTag(incarnation, run.attempt.number, run.plan_version)


def condition_holds(run: Run, condition: Condition | None, incarnation: int) -> None:
    if condition is None:
        raise PreconditionRequired("a change needs If-Match")
    now = plan_tag(run, incarnation)
    if condition.tags is not None and now not in condition.tags:
        raise PlanChanged(
            f"the plan of {run.name} is version {now.plan_version} of attempt {now.attempt} now",
            attempt=now.attempt,
            plan_version=now.plan_version,
        )


def answered(run: Run, key: Key | None) -> Recorded | None:
    """What this key led to already."""
    if key is None or key.name not in run.keys:
        return None
    recorded = run.keys[key.name]
    if getattr(recorded.event, "key", None) != key:
        raise KeyReused(f"the key {key.name!r} was used for another request to {run.name}")
    return recorded
