"""Going back: a new attempt from an earlier epoch on."""

from setpoint.errors import Fault, InvalidRequest
from setpoint.plateau.ledger import Decision
from setpoint.runs.command import OpenAttempt
from setpoint.runs.deciding import guards
from setpoint.runs.deciding.changes import changing, holds
from setpoint.runs.deciding.metrics import decided
from setpoint.runs.event import AttemptOpened, Event, Origin, Recorded
from setpoint.runs.evolve import evolve, refolded
from setpoint.runs.plan import Planned
from setpoint.runs.state import Attempt, Run

NOWHEN = Origin("", "")


def open_attempt(run: Run, command: OpenAttempt, incarnation: int) -> tuple[Event, ...]:
    """The new attempt and the changes that go with it; nothing where it is a repeat."""
    if guards.answered(run, command.key) is not None:
        return ()
    guards.condition_holds(run, command.condition, incarnation)
    guards.not_archived(run)
    event = _opened(run, command, incarnation)
    after = _then(run, event)
    events: list[Event] = [event]
    for decision in _undecided(after):
        events.append(decided(after, decision))
        after = _then(after, events[-1])
    holds(after.attempt.plan, command.from_epoch)
    for change in command.changes:
        events.append(changing(after, change))
        after = _then(after, events[-1])
    return tuple(events)


def _undecided(run: Run) -> list[Decision]:
    """What the metrics before the new attempt come to that its parent had passed over, for a later one that is gone."""
    known = {epoch for epoch, _ in run.attempt.decisions}
    _, decisions = refolded(run.settings.policy, run.attempt.metrics)
    return [decision for decision in decisions if decision.epoch not in known]


def _then(run: Run, event: Event) -> Run:
    return evolve(run, Recorded(run.version + 1, event, NOWHEN))


def _opened(run: Run, command: OpenAttempt, incarnation: int) -> AttemptOpened:
    parent = _parent(run, command)
    _within(run, parent, command.from_epoch)
    return AttemptOpened(
        attempt=run.attempt.number + 1,
        parent=parent.number,
        from_epoch=command.from_epoch,
        keep=command.keep,
        dropped=_dropped(parent, command),
        plan_version=run.plan_version + 1,
        incarnation=incarnation,
        changes=tuple(range(run.last_change + 1, run.last_change + 1 + len(command.changes))),
        checkpoint=command.checkpoint,
        reason=command.reason,
        key=command.key,
    )


def _parent(run: Run, command: OpenAttempt) -> Attempt:
    number = run.attempt.number if command.parent is None else command.parent
    if not 1 <= number <= run.attempt.number:
        detail = f"there is no attempt {number}; the last one is {run.attempt.number}"
        raise InvalidRequest(detail, faults=[Fault("/parent", detail)])
    return run.attempts[number - 1]


def _within(run: Run, parent: Attempt, epoch: int) -> None:
    start = run.settings.start_epoch
    if not start <= epoch <= parent.frontier:
        detail = (
            f"must lie between {start}, where the run begins, and {parent.frontier}, "
            f"the first epoch that attempt {parent.number} has not sealed"
        )
        raise InvalidRequest("an attempt can't begin there", faults=[Fault("/from_epoch", detail)])


def _dropped(parent: Attempt, command: OpenAttempt) -> tuple[int, ...]:
    """The numbers of the changes that the new attempt goes without."""
    if command.keep != "nothing":
        return ()
    entries = parent.plan.entries
    return tuple(each.number for each in entries if isinstance(each, Planned) and each.epoch >= command.from_epoch)
