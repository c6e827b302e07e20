"""A run and an event make the run after it. Pure, and never refuses: what happened, happened."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf

from setpoint.plateau.ledger import Decision, Ledger, Report, record
from setpoint.plateau.policy import Plateau
from setpoint.plateau.policy import State as Policy
from setpoint.runs.change import Cancel
from setpoint.runs.event import (
    AttemptOpened,
    Changed,
    Created,
    Decided,
    Diverged,
    Event,
    Labelled,
    Left,
    Measured,
    Recorded,
    Reported,
    SealedEpochs,
    StateChanged,
)
from setpoint.runs.log import Keyed, Log
from setpoint.runs.plan import Entry, Kept, Plan, Planned, Reduction
from setpoint.runs.progress import moved
from setpoint.runs.sealed import Sealed, Stretch, from_bits
from setpoint.runs.settings import Settings
from setpoint.runs.state import Attempt, Metric, Run, successor


def created(name: str, recorded: Recorded) -> Run:
    """The run that a `Created` event begins."""
    event = recorded.event
    assert isinstance(event, Created), "a run begins with its creation"
    settings = event.settings
    first = Attempt(
        number=1,
        parent=None,
        from_epoch=settings.start_epoch,
        incarnation=event.incarnation,
        plan=Plan(settings),
        sealed=Sealed.nothing(settings.start_epoch),
        position=settings.start_epoch,
        policy=_fresh(settings),
    )
    return Run(
        name=name,
        version=recorded.id,
        settings=settings,
        created=recorded.origin,
        labels=dict(settings.labels),
        state="running",
        plan_version=1,
        attempts=(first,),
    )


def _fresh(settings: Settings) -> Policy | None:
    return None if settings.policy is None else settings.policy.start(settings.rates)


def evolve(run: Run, recorded: Recorded) -> Run:
    """The run after one more event."""
    after = _after(run, recorded, recorded.event)
    return after if after.version == recorded.id else successor(after, version=recorded.id)


def _after(run: Run, recorded: Recorded, event: Event) -> Run:  # noqa: C901, PLR0911 - one case an event
    match event:
        case SealedEpochs():
            return _with(run, recorded.id, sealed=run.attempt.sealed.extended(_stretch(event)))
        case Reported():
            return _reported(run, recorded.id, event)
        case Left():
            return _left(run, event)
        case Changed():
            return _changed(run, recorded, event)
        case AttemptOpened():
            return _opened(run, recorded, event)
        case Measured():
            return _measured(run, event)
        case Decided():
            return _decided(run, event)
        case StateChanged(state=state):
            return successor(run, state=state)
        case Labelled(labels=labels):
            return successor(run, labels=dict(labels))
        case Diverged():
            return _with(run, divergences=run.attempt.divergences.appended(event))
        case _:
            return run


def _with(run: Run, version: int | None = None, **changes: object) -> Run:
    """`run` with changes of its current attempt; with the version at once where it has to be quick."""
    attempts = (*run.attempts[:-1], successor(run.attempt, **changes))
    return successor(run, attempts=attempts, version=run.version if version is None else version)


def _stretch(event: SealedEpochs) -> Stretch:
    columns = tuple(from_bits(written) for written in event.columns)
    return Stretch(event.start, event.start + len(columns[0]), columns, event.plan_version)


def _reported(run: Run, version: int, event: Reported) -> Run:
    attempt = run.attempt
    reports = attempt.reports.reported(event.worker, event.epoch)
    left = attempt.left.without(event.worker)
    now = moved(run.settings, attempt.position, reports, event.epoch, len(left))
    return _with(run, version, reports=reports, left=left, position=now)


def _left(run: Run, event: Left) -> Run:
    attempt = run.attempt
    reports = attempt.reports.without(event.worker)
    left = attempt.left.reported(event.worker, attempt.position)
    now = moved(run.settings, attempt.position, reports, attempt.position, len(left)) if reports else attempt.position
    return _with(run, reports=reports, left=left, position=now)


def _changed(run: Run, recorded: Recorded, event: Changed) -> Run:
    plan = changed(run.attempt.plan, event)
    run = _with(run, plan=plan)
    return _audited(successor(run, plan_version=event.plan_version), recorded)


def changed(plan: Plan, event: Changed) -> Plan:
    """The plan after a change of it."""
    if isinstance(event.change, Cancel):
        return plan.without(event.change.change)
    return plan.with_entry(Planned(event.effective_epoch, event.plan_version, event.change, event.number))


def _audited(run: Run, recorded: Recorded) -> Run:
    event = recorded.event
    key = event.key if isinstance(event, (Changed, AttemptOpened)) else None
    keys = run.keys if key is None else {**run.keys, key.name: recorded}
    return successor(run, changes=run.changes.appended(recorded), keys=keys)


def _opened(run: Run, recorded: Recorded, event: AttemptOpened) -> Run:
    attempt = opening(run, event)
    run = successor(run, attempts=(*run.attempts, attempt), plan_version=event.plan_version, state="running")
    return _audited(run, recorded)


def opening(run: Run, event: AttemptOpened) -> Attempt:
    """The attempt that `event` opens: what came before its first epoch is inherited, the rest is planned anew."""
    parent, first = run.attempts[event.parent - 1], event.from_epoch
    metrics = [metric for metric in parent.metrics if metric.epoch < first]
    decisions = [decided for decided in parent.decisions if decided[0] < first]
    entries = tuple(each for each in _kept_entries(parent, first) if not _is_dropped(each, event))
    return Attempt(
        number=event.attempt,
        parent=event.parent,
        from_epoch=first,
        incarnation=event.incarnation,
        plan=Plan(run.settings, entries, _kept_values(parent, event)),
        sealed=parent.sealed.before(first),
        position=first,
        metrics=Keyed(metrics),
        ledger=refolded(run.settings.policy, metrics)[0],
        policy=decisions[-1][1] if decisions else _fresh(run.settings),
        decisions=Log(decisions),
    )


def _kept_entries(parent: Attempt, first: int) -> list[Entry]:
    """The parent's entries, its policy rewound: decisions on later metrics go, those on earlier ones act by `first`."""
    entries: list[Entry] = []
    for entry in parent.plan.entries:
        if not isinstance(entry, Reduction):
            entries.append(entry)
        elif entry.metric_epoch < first:
            entries.append(replace(entry, epoch=min(entry.epoch, first)))
    return sorted(entries, key=lambda entry: entry.order)


def _is_dropped(entry: Entry, event: AttemptOpened) -> bool:
    return isinstance(entry, Planned) and entry.number in event.dropped


def _kept_values(parent: Attempt, event: AttemptOpened) -> Kept | None:
    """The parent's sealed values from there on and those it took over itself, up to where its policy is rewound."""
    first, frontier, there = event.from_epoch, parent.frontier, parent.plan.kept
    stop = frontier if there is None else max(frontier, there.stop)
    if event.keep != "values" or first >= stop:
        return None
    columns = [tuple(parent.sealed.values(i, first, frontier)) for i in range(len(parent.plan.settings.specs))]
    if there is not None:
        columns = [mine + theirs[frontier - there.start :] for mine, theirs in zip(columns, there.columns, strict=True)]
    kept = Kept(first, tuple(columns), event.plan_version)
    return kept.before(min((_rewound(each, first) for each in parent.plan.entries), default=stop))


def _rewound(entry: Entry, first: int) -> float:
    """From when on a rewound policy tells: a decision from `first` on acts no more, an earlier one acts by then."""
    if isinstance(entry, Planned) or entry.epoch <= first:
        return inf
    return first if entry.metric_epoch < first else entry.epoch


def refolded(policy: Plateau | None, metrics: Iterable[Metric]) -> tuple[Ledger, list[Decision]]:
    """What the metrics come to in the order in which they were reported."""
    ledger, decisions = Ledger(), list[Decision]()
    if policy is not None:
        for metric in metrics:
            ledger, decision = record(policy, ledger, metric.epoch, metric.report)
            decisions += [] if decision is None else [decision]
    return ledger, decisions


def _measured(run: Run, event: Measured) -> Run:
    report = Report(event.worker, event.value, event.weight)
    metrics = run.attempt.metrics.appended(Metric(event.epoch, report))
    policy = run.settings.policy
    if policy is None:
        return _with(run, metrics=metrics)
    ledger, _ = record(policy, run.attempt.ledger, event.epoch, report)
    return _with(run, metrics=metrics, ledger=ledger)


def _decided(run: Run, event: Decided) -> Run:
    decisions = run.attempt.decisions.appended((event.epoch, event.policy))
    run = _with(run, policy=event.policy, decisions=decisions)
    if all(factor == 1.0 for factor in event.factors):
        return run
    reduction = Reduction(event.effective_epoch, event.plan_version, event.factors, event.epoch)
    run = _with(run, plan=run.attempt.plan.with_entry(reduction))
    return successor(run, plan_version=event.plan_version)
