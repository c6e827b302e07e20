"""Changes of the plan: from which epoch on, whether they may be, and what they do there."""

from setpoint.errors import AlreadySealed, Fault, InvalidRequest, OutOfBounds
from setpoint.runs.change import AnyChange, Cancel
from setpoint.runs.command import ChangePlan
from setpoint.runs.deciding import guards
from setpoint.runs.event import Changed, Event, Key
from setpoint.runs.evolve import changed
from setpoint.runs.plan import Plan, Planned
from setpoint.runs.settings import Settings
from setpoint.runs.state import Run
from setpoint.schedules.breach import LARGEST, breach
from setpoint.schedules.check import HORIZON


def change_plan(run: Run, command: ChangePlan, incarnation: int) -> tuple[Event, ...]:
    """The change with its receipt; nothing where it is a repeat."""
    if guards.answered(run, command.key) is not None:
        return ()
    guards.condition_holds(run, command.condition, incarnation)
    guards.running(run)
    return (changing(run, command.change, command.key),)


def changing(run: Run, change: AnyChange, key: Key | None = None) -> Changed:
    """What `change` does to the current attempt, if it may.

    Raises:
        Refused: it may not.
    """
    _known_groups(run.settings, change)
    epoch = _cancelled(run, change).epoch if isinstance(change, Cancel) else _effective(run, change)
    before = run.attempt.plan
    event = Changed(run.last_change + 1, change, run.attempt.number, epoch, run.plan_version + 1, (), (), key)
    after = changed(before, event)
    columns = range(len(run.settings.specs))
    old = tuple(before.value(i, epoch) for i in columns)
    holds(after, epoch)
    new = tuple(after.value(i, epoch) for i in columns)
    within_ratio(run.settings, old, new)
    return Changed(event.number, change, event.attempt, epoch, event.plan_version, before=old, after=new, key=key)


def _known_groups(settings: Settings, change: AnyChange) -> None:
    unknown = [name for name in change.groups or () if name not in settings.rate_names]
    if unknown:
        detail = f"{unknown[0]!r} is none of {', '.join(settings.rate_names)}"
        raise InvalidRequest("a change of groups that the run does not have", faults=[Fault("/groups", detail)])


def _effective(run: Run, change: AnyChange) -> int:
    frontier = run.attempt.frontier
    if change.epoch is not None and change.epoch < frontier and change.exact:
        raise AlreadySealed(f"epoch {change.epoch} is sealed; the first that is not is {frontier}", frontier=frontier)
    return frontier if change.epoch is None else max(change.epoch, frontier)


def _cancelled(run: Run, change: Cancel) -> Planned:
    """The change that is to be withdrawn, which no sealed epoch has felt."""
    attempt = run.attempt
    for entry in attempt.plan.entries:
        if isinstance(entry, Planned) and entry.number == change.change:
            if entry.epoch < attempt.frontier:
                raise AlreadySealed(
                    f"change {change.change} took effect at epoch {entry.epoch}, which is sealed",
                    frontier=attempt.frontier,
                )
            return entry
    detail = f"attempt {attempt.number} has no change {change.change} that could be withdrawn"
    raise InvalidRequest(detail, faults=[Fault("/change", detail)])


def holds(plan: Plan, first: int) -> None:
    """The plan can be served from `first` on, and keeps to the run's bounds.

    Raises:
        InvalidRequest: OutOfBounds where it does not.
    """
    bounds, rates = plan.settings.bounds, plan.settings.rates
    for i, form in enumerate(plan.forms):
        stop = max(HORIZON, first + 1)
        epoch = breach(form, first, stop, 0.0, LARGEST)
        if epoch is not None:
            detail = f"the plan would leave the finite numbers at epoch {epoch}"
            raise InvalidRequest(detail, faults=[Fault("", detail)], epoch=epoch)
        if i < rates and (bounds.min_lr is not None or bounds.max_lr is not None):
            low, high = bounds.min_lr or 0.0, LARGEST if bounds.max_lr is None else bounds.max_lr
            epoch = breach(form, first, stop, low, high)
            if epoch is not None:
                raise OutOfBounds(
                    f"the plan takes {plan.settings.rate_names[i]} to {plan.value(i, epoch)!r} at epoch {epoch}: "
                    f"the bounds are {low!r} to {'no limit' if bounds.max_lr is None else repr(high)}",
                    epoch=epoch,
                )


def within_ratio(settings: Settings, before: tuple[float, ...], after: tuple[float, ...]) -> None:
    """One change moves no learning rate further than `max_ratio` at its first epoch; a zero has no ratio."""
    limit = settings.bounds.max_ratio
    if limit is None:
        return
    for name, old, new in zip(settings.rate_names, before, after, strict=False):
        if old > 0 and new > 0 and not old / limit <= new <= old * limit:
            raise OutOfBounds(
                f"the change takes {name} from {old!r} to {new!r} at once: the bound is a factor of {limit!r}"
            )
