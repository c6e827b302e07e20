"""Learning rates, sealed or planned."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from typing_extensions import TypedDict

from setpoint.errors import NotSealed
from setpoint.runs import sealed
from setpoint.runs.settings import Settings
from setpoint.runs.state import Attempt, Run

T = TypeVar("T")
Named: TypeAlias = dict[str, float]
NamedLists: TypeAlias = dict[str, list[float]]


class Lr(TypedDict):
    """The learning rate of one epoch. Where `sealed` is false it is a plan: fit to look at, not to train on."""

    run: str
    attempt: int
    epoch: int
    lr: float
    groups: Named
    hyperparameters: Named
    sealed: bool
    plan_version: int


class Grant(TypedDict):
    """Sealed values of the epochs `[start, stop)`. It never expires: it is data, not a lock."""

    start: int
    stop: int
    lr: list[float]
    groups: NamedLists
    hyperparameters: NamedLists
    digest: str
    incarnation: int


def lr(run: Run, attempt: Attempt, epoch: int) -> Lr:
    """The learning rate of `epoch` in `attempt`: sealed, or else planned."""
    is_sealed = attempt.sealed.start <= epoch < attempt.frontier
    if is_sealed:
        values = [attempt.sealed.value(i, epoch) for i in range(len(run.settings.specs))]
        version = attempt.sealed.at(epoch).plan_version
    else:
        values = [attempt.plan.value(i, epoch) for i in range(len(run.settings.specs))]
        version = run.plan_version
    rate, groups, hyperparameters = split(run.settings, lambda i: values[i])
    return {
        "run": run.name,
        "attempt": attempt.number,
        "epoch": epoch,
        "lr": rate,
        "groups": groups,
        "hyperparameters": hyperparameters,
        "sealed": is_sealed,
        "plan_version": version,
    }


def sealed_lr(run: Run, attempt: Attempt, epoch: int) -> Lr:
    """The same, sealed or not at all.

    Raises:
        NotSealed: nobody has sealed it yet.
    """
    if epoch >= attempt.frontier:
        frontier = attempt.frontier
        raise NotSealed(f"epoch {epoch} is not sealed; the first that is not is {frontier}", frontier=frontier)
    return lr(run, attempt, epoch)


def grant(run: Run, epoch: int, stop: int) -> Grant:
    """The sealed values of `[epoch, stop)` in the current attempt."""
    attempt = run.attempt
    columns = [attempt.sealed.values(i, epoch, stop) for i in range(len(run.settings.specs))]
    rates, groups, hyperparameters = split(run.settings, lambda i: columns[i])
    return {
        "start": epoch,
        "stop": stop,
        "lr": rates,
        "groups": groups,
        "hyperparameters": hyperparameters,
        "digest": sealed.digest(epoch, columns),
        "incarnation": attempt.incarnation,
    }


def split(settings: Settings, column: Callable[[int], T]) -> tuple[T, dict[str, T], dict[str, T]]:
    """Columns by their names: the run's own learning rate, its groups, its hyperparameters."""
    groups = {name: column(i) for i, name in enumerate(settings.groups, 1)}
    hyperparameters = {name: column(i) for i, name in enumerate(settings.hyperparameters, settings.rates)}
    return column(0), groups, hyperparameters
