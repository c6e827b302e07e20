"""Check-ins: where epochs are sealed."""

from collections.abc import Sequence

from setpoint.errors import EpochTooFar, Fault, HistoryDiverged, InvalidRequest, MetricAwaited, SetpointError
from setpoint.plateau.ledger import awaited
from setpoint.runs import sealed
from setpoint.runs.command import CheckIn, Held, Leave
from setpoint.runs.deciding import guards
from setpoint.runs.event import Diverged, Event, Left, Reported, SealedEpochs
from setpoint.runs.progress import moved
from setpoint.runs.state import Attempt, Run

MOST_SEALED_AT_ONCE = 65_536
ANONYMOUS = ""
"""The name under which a report without a worker's name counts."""


def stop_of(run: Run, command: CheckIn) -> int:
    """Where the grant ends: a function of the request alone, so that a repeat is given the same."""
    return command.epoch + 1 + min(command.lookahead, run.settings.lookahead)


def check_in(run: Run, command: CheckIn, incarnation: int) -> tuple[tuple[Event, ...], SetpointError | None]:
    """The report, the sealing, and what a worker says it trained on without us."""
    guards.current(run, command.attempt, incarnation)
    guards.since_start(run, command.epoch)
    _knows(run.attempt, command.held, incarnation)
    stop = stop_of(run, command)
    if run.state != "running" and command.epoch < run.attempt.frontier:
        return (), None
    guards.running(run)
    _near_enough(run, command, stop)
    reported = _report(run, command)
    refusal = _refusal(run, command, stop, incarnation, reported)
    if refusal is not None:
        return reported, refusal
    grown = _sealing(run, stop)
    return (*reported, *grown, *_divergence(run, command, grown)), None


def _knows(attempt: Attempt, held: Held | None, incarnation: int) -> None:
    """Whether what the worker was granted is what is sealed here."""
    if held is None:
        return
    first = attempt.sealed.start
    columns = range(len(attempt.plan.settings.specs))
    is_here = first <= held.start < held.stop <= attempt.frontier
    if is_here and held.incarnation <= incarnation and held.stop - held.start <= MOST_SEALED_AT_ONCE:
        values = [attempt.sealed.values(i, held.start, held.stop) for i in columns]
        if sealed.digest(held.start, values) == held.digest:
            return
    raise HistoryDiverged(
        f"the grant of epochs {held.start} to {held.stop - 1} is not what is sealed here",
        frontier=attempt.frontier,
    )


def _near_enough(run: Run, command: CheckIn, stop: int) -> None:
    frontier, limit = run.attempt.frontier, run.settings.lookahead
    trained_up_to = frontier
    if command.unsealed is not None and command.unsealed.start <= frontier:
        trained_up_to = max(frontier, command.unsealed.start + len(command.unsealed.lr))
    if command.epoch > trained_up_to + limit:
        detail = f"epoch {command.epoch} is more than {limit} past epoch {trained_up_to}, the first that is not sealed"
        raise EpochTooFar(detail, frontier=frontier, max_lookahead=limit)
    if stop - frontier > MOST_SEALED_AT_ONCE:
        detail = f"to epoch {stop - 1} it is more than {MOST_SEALED_AT_ONCE} epochs, the most that are sealed at once"
        raise EpochTooFar(detail, frontier=frontier, max_lookahead=limit)


def _report(run: Run, command: CheckIn) -> tuple[Event, ...]:
    """The worker's report, where it is further than its last."""
    attempt = run.attempt
    worker = ANONYMOUS if command.worker is None else command.worker
    if command.worker is None and run.settings.progress == "slowest":
        return ()
    last = attempt.reports.get(worker)
    if last is not None and last >= command.epoch:
        return ()
    return (Reported(attempt.number, worker, command.epoch),)


def _refusal(
    run: Run, command: CheckIn, stop: int, incarnation: int, reported: tuple[Event, ...]
) -> SetpointError | None:
    """Why nothing is sealed although the report counts; None where it may be."""
    attempt, settings = run.attempt, run.settings
    if stop <= attempt.frontier:
        return None
    if run.frozen(incarnation):
        return HistoryDiverged(
            f"the store was restored since attempt {attempt.number} began; what it had sealed after the backup is lost",
            frontier=attempt.frontier,
        )
    if settings.progress == "slowest":
        position = _position_after(run, reported)
        if stop > position + 1 + settings.lookahead:
            return EpochTooFar(
                f"nothing past epoch {position + settings.lookahead} is granted until the slowest worker moves on",
                position=position,
                max_lookahead=settings.lookahead,
            )
    if settings.policy is not None:
        waits_for = awaited(settings.policy, attempt.ledger, stop - 1, attempt.sealed.start)
        if waits_for is not None:
            return MetricAwaited(
                f"epoch {stop - 1} waits for the metric of epoch {waits_for}",
                epoch=waits_for,
                reports=settings.policy.reports,
            )
    return None


def _position_after(run: Run, reported: tuple[Event, ...]) -> int:
    attempt = run.attempt
    for event in reported:
        if isinstance(event, Reported):
            reports = attempt.reports.reported(event.worker, event.epoch)
            gone = len(attempt.left.without(event.worker))
            return moved(run.settings, attempt.position, reports, event.epoch, gone)
    return attempt.position


def _sealing(run: Run, stop: int) -> tuple[SealedEpochs, ...]:
    """Everything that is not sealed yet, up to `stop`."""
    attempt = run.attempt
    if stop <= attempt.frontier:
        return ()
    columns = range(len(run.settings.specs))
    written = tuple(sealed.bits(attempt.plan.values(i, attempt.frontier, stop)) for i in columns)
    return (SealedEpochs(attempt.number, attempt.frontier, written, run.plan_version),)


def _divergence(run: Run, command: CheckIn, grown: tuple[SealedEpochs, ...]) -> tuple[Diverged, ...]:
    """Where the values that a worker used on its own are not the sealed ones; each is told once."""
    used, attempt = command.unsealed, run.attempt
    if used is None:
        return ()
    guards.since_start(run, used.start)
    events: list[Diverged] = []
    for name, values in {"lr": used.lr, **used.groups}.items():
        truth = _sealed_then(attempt, grown, _column(run, name), used.start)
        events += _differing(command, name, used.start, values, truth)
    return tuple(event for event in events if event not in attempt.divergences)


def _sealed_then(attempt: Attempt, grown: tuple[SealedEpochs, ...], column: int, start: int) -> list[float]:
    """What is sealed from `start` on once the check-in is done."""
    truth = attempt.sealed.values(column, start, attempt.frontier)
    for event in grown:
        truth += sealed.from_bits(event.columns[column])[max(start - event.start, 0) :]
    return truth


def _column(run: Run, name: str) -> int:
    names = run.settings.rate_names
    if name not in names:
        detail = f"run {run.name} has no group of this name; it has {', '.join(names)}"
        raise InvalidRequest(detail, faults=[Fault(f"/unsealed/groups/{name}", detail)])
    return names.index(name)


def _differing(
    command: CheckIn, name: str, start: int, used: Sequence[float], truth: Sequence[float]
) -> list[Diverged]:
    differs = [i for i, (mine, sealed_) in enumerate(zip(used, truth, strict=False)) if mine != sealed_]
    if not differs:
        return []
    first, last = differs[0], differs[-1] + 1
    mine, theirs = tuple(used[first:last]), tuple(truth[first:last])
    return [Diverged(command.attempt, command.worker or ANONYMOUS, name, start + first, mine, theirs)]


def leave(run: Run, command: Leave) -> tuple[Event, ...]:
    """The worker is gone for good: nobody waits for it any more."""
    guards.not_archived(run)
    if run.attempt.reports.get(command.worker) is None:
        return ()
    return (Left(run.attempt.number, command.worker),)
