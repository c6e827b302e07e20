"""Runs, whole and in lists."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from typing_extensions import TypedDict

from setpoint.runs.state import Attempt, Run


class RunAnswer(TypedDict):
    """A run: what it was created with, and where it is."""

    run: str
    state: str
    unit: str
    attempt: int
    from_epoch: int
    start_epoch: int
    position: int
    frontier: int
    plan_version: int
    schedule: dict[str, Any]
    groups: dict[str, dict[str, Any]]
    hyperparameters: dict[str, dict[str, Any]]
    plateau: dict[str, Any] | None
    progress: str
    workers: int | None
    max_lookahead: int
    bounds: dict[str, float]
    labels: dict[str, str]
    end: int | None
    incarnation: int
    created_at: str
    created_by: str
    attempts: list["AttemptAnswer"]


class AttemptAnswer(TypedDict):
    """An attempt: where it began, and how far it came."""

    attempt: int
    parent: int | None
    from_epoch: int
    position: int
    frontier: int


def answer(run: Run) -> RunAnswer:
    attempt, settings = run.attempt, run.settings
    return {
        "run": run.name,
        "state": run.state,
        "unit": settings.unit,
        "attempt": attempt.number,
        "from_epoch": attempt.from_epoch,
        "start_epoch": settings.start_epoch,
        "position": attempt.position,
        "frontier": attempt.frontier,
        "plan_version": run.plan_version,
        "schedule": settings.schedule.plain(),
        "groups": {name: spec.plain() for name, spec in settings.groups.items()},
        "hyperparameters": {name: spec.plain() for name, spec in settings.hyperparameters.items()},
        "plateau": None if settings.plateau is None else settings.plateau.model_dump(mode="json"),
        "progress": settings.progress,
        "workers": settings.workers,
        "max_lookahead": settings.lookahead,
        "bounds": settings.bounds.model_dump(mode="json", exclude_none=True),
        "labels": dict(run.labels),
        "end": settings.schedule.end,
        "incarnation": attempt.incarnation,
        "created_at": run.created.at,
        "created_by": run.created.actor,
        "attempts": [of_attempt(each) for each in run.attempts],
    }


def of_attempt(attempt: Attempt) -> AttemptAnswer:
    return {
        "attempt": attempt.number,
        "parent": attempt.parent,
        "from_epoch": attempt.from_epoch,
        "position": attempt.position,
        "frontier": attempt.frontier,
    }


class RunSummary(TypedDict):
    """A run as the list shows it."""

    run: str
    state: str
    labels: dict[str, str]
    unit: str
    attempt: int
    position: int
    frontier: int
    plan_version: int
    created_at: str


class RunPage(TypedDict):
    """A page of runs; `next` is the cursor of the page after it."""

    runs: list[RunSummary]
    next: str | None


class Summary(Protocol):
    """A run as a journal's index has it."""

    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def unit(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def frontier(self) -> int: ...
    @property
    def plan_version(self) -> int: ...
    @property
    def created_at(self) -> str: ...


def page(summaries: Sequence[Summary], cursor: str | None) -> RunPage:
    return {"runs": [_summary(each) for each in summaries], "next": cursor}


def _summary(summary: Summary) -> RunSummary:
    return {
        "run": summary.name,
        "state": summary.state,
        "labels": dict(summary.labels),
        "unit": summary.unit,
        "attempt": summary.attempt,
        "position": summary.position,
        "frontier": summary.frontier,
        "plan_version": summary.plan_version,
        "created_at": summary.created_at,
    }
