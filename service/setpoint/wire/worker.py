"""What workers are told, and who they are."""

from collections.abc import Sequence
from typing import Protocol

from typing_extensions import TypedDict

from setpoint.runs.command import CheckIn as Asked
from setpoint.runs.deciding.checkins import stop_of
from setpoint.runs.state import Run
from setpoint.wire.lr import Grant, Named, grant


class CheckedIn(TypedDict):
    """The answer to a check-in: the worker's epoch, and the epochs it may train on with no network at all."""

    run: str
    worker: str
    attempt: int
    epoch: int
    lr: float
    groups: Named
    hyperparameters: Named
    sealed: bool
    grant: Grant
    position: int
    frontier: int
    plan_version: int
    state: str


def checked_in(run: Run, asked: Asked) -> CheckedIn:
    """The answer to a check-in that `run` already knows of."""
    attempt = run.attempt
    granted = grant(run, asked.epoch, min(stop_of(run, asked), attempt.frontier))
    return {
        "run": run.name,
        "worker": asked.worker or "",
        "attempt": attempt.number,
        "epoch": asked.epoch,
        "lr": granted["lr"][0],
        "groups": {name: values[0] for name, values in granted["groups"].items()},
        "hyperparameters": {name: values[0] for name, values in granted["hyperparameters"].items()},
        "sealed": True,
        "grant": granted,
        "position": attempt.position,
        "frontier": attempt.frontier,
        "plan_version": run.plan_version,
        "state": run.state,
    }


class Attendant(Protocol):
    """What is known of a worker."""

    @property
    def name(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def gone(self) -> bool: ...
    @property
    def idle_seconds(self) -> float: ...


class Worker(TypedDict):
    """A worker as this process sees it: how far it has reported, and for how long it has been silent."""

    worker: str
    epoch: int
    lag: int
    gone: bool
    idle_seconds: float


class Workers(TypedDict):
    run: str
    attempt: int
    position: int
    workers: list[Worker]


def listed(run: Run, attendants: Sequence[Attendant]) -> Workers:
    """The workers of the current attempt."""
    attempt = run.attempt
    return {
        "run": run.name,
        "attempt": attempt.number,
        "position": attempt.position,
        "workers": [
            {
                "worker": each.name,
                "epoch": each.epoch,
                "lag": attempt.position - each.epoch,
                "gone": each.gone,
                "idle_seconds": round(each.idle_seconds, 3),
            }
            for each in attendants
        ],
    }
