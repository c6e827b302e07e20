"""Plans and curves."""

from collections.abc import Sequence
from typing import Any

from typing_extensions import TypedDict

from setpoint.runs.change import Change
from setpoint.runs.plan import Planned, Reduction
from setpoint.runs.state import Attempt, Run
from setpoint.wire.metric import Measured, measured


class RunCurve(TypedDict, total=False):
    """Learning rates from `start` on, or of `epochs`: those before `frontier` are sealed."""

    run: str
    attempt: int
    from_epoch: int
    position: int
    frontier: int
    plan_version: int
    unit: str
    kind: str
    end: int | None
    changes: list["Mark"]
    metrics: Measured
    start: int
    stop: int
    stride: int
    epochs: list[int]
    lr: list[float]
    groups: dict[str, list[float]]


class Mark(TypedDict):
    """A change, where a picture shows it."""

    change: int
    op: str
    label: str
    epoch: int
    reason: str | None


class Segment(TypedDict):
    """What governs the learning rate from `start` on."""

    start: int
    schedule: dict[str, Any]


class PlanAnswer(TypedDict):
    """The plan of an attempt: each column's segments, and the changes they came from."""

    run: str
    attempt: int
    from_epoch: int
    frontier: int
    plan_version: int
    segments: list[Segment]
    groups: dict[str, list[Segment]]
    hyperparameters: dict[str, list[Segment]]
    changes: list[Mark]
    reductions: list[dict[str, Any]]
    kept: dict[str, int] | None


class StaticPlan(TypedDict):
    """Schedules that replay the run: its own, and those of its groups and hyperparameters."""

    schedule: dict[str, Any]
    groups: dict[str, dict[str, Any]]
    hyperparameters: dict[str, dict[str, Any]]


def facts(run: Run, attempt: Attempt, shown: Sequence[int]) -> dict[str, object]:
    """What a curve of the epochs `shown` begins with."""
    most = None if isinstance(shown, range) else len(shown)
    metrics = measured(run.settings, attempt, shown[0], shown[-1] + 1, most)
    return {
        "run": run.name,
        "attempt": attempt.number,
        "from_epoch": attempt.from_epoch,
        "position": attempt.position,
        "frontier": attempt.frontier,
        "plan_version": run.plan_version,
        "unit": run.settings.unit,
        "kind": run.settings.schedule.plain()["kind"],
        "end": run.settings.schedule.end,
        "changes": marks(attempt),
        **({} if metrics is None else {"metrics": metrics}),
    }


def marks(attempt: Attempt) -> list[Mark]:
    return [
        {
            "change": entry.number,
            "op": entry.change.model_dump()["op"],
            "label": short(entry.change),
            "epoch": entry.epoch,
            "reason": entry.change.reason,
        }
        for entry in attempt.plan.entries
        if isinstance(entry, Planned)
    ]


def short(change: Change) -> str:
    """A change in a word or two."""
    said = change.model_dump()
    match said["op"]:
        case "scale":
            return f"x{said['factor']:g}"
        case "set":
            return f"set {said['lr']:g}"
        case "extend":
            return f"extend {said['epochs']}"
        case "decay":
            return f"decay to {said['final_lr']:g}"
        case "replace":
            return f"replace: {said['schedule']['kind']}"
        case op:
            return str(op)


def answer(run: Run, attempt: Attempt) -> PlanAnswer:
    settings, kept = run.settings, attempt.plan.kept
    columns: list[list[Segment]] = [
        [{"start": segment.start, "schedule": segment.spec.plain()} for segment in segments]
        for segments in attempt.plan.segments
    ]
    return {
        "run": run.name,
        "attempt": attempt.number,
        "from_epoch": attempt.from_epoch,
        "frontier": attempt.frontier,
        "plan_version": run.plan_version,
        "segments": columns[0],
        "groups": dict(zip(settings.groups, columns[1:], strict=False)),
        "hyperparameters": dict(zip(settings.hyperparameters, columns[settings.rates :], strict=False)),
        "changes": marks(attempt),
        "reductions": [
            {"epoch": entry.epoch, "factors": list(entry.factors), "metric_epoch": entry.metric_epoch}
            for entry in attempt.plan.entries
            if isinstance(entry, Reduction)
        ],
        "kept": None if kept is None else {"start": kept.start, "stop": kept.stop},
    }
