"""The cases of `tests/vectors` that a policy decides, in this service's words."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from setpoint.plateau.spec import PlateauSpec

VECTORS = Path(__file__).parents[1] / "vectors"
POLICY: TypeAdapter[PlateauSpec] = TypeAdapter(PlateauSpec)

_TIMM = {
    "patience_t": "patience",
    "decay_rate": "factor",
    "cooldown_t": "cooldown",
    "lr_min": "min_lr",
    "warmup_t": "warmup_epochs",
}


@dataclass(frozen=True)
class Case:
    """What a library was asked, and what it answered."""

    name: str
    policy: dict[str, Any]
    metrics: list[float]
    planned: list[list[float]]  # per parameter group, per epoch
    lr: list[list[float]]
    tolerance: float  # relative to the peak
    states: list[list[float]] | None
    refused: bool


def cases(library: str, scheduler: str, variant: str) -> list[Case]:
    """Every case of this library's plateau scheduler, so that a changed file can't empty a test."""
    path = next(p for p in (VECTORS / f"{library}.json", VECTORS / f"{library}_{scheduler}.json") if p.exists())
    found = [_case(raw, variant) for raw in _raw(path) if raw["type"] == scheduler]
    assert found, path
    return found


def _raw(path: Path) -> Iterator[dict[str, Any]]:
    yield from (case for case in json.loads(path.read_text())["cases"] if "metrics" in case)


def _case(raw: dict[str, Any], variant: str) -> Case:
    params: dict[str, Any] = raw["params"]
    params = {_TIMM.get(name, name): value for name, value in params.items()}
    warmup_lr = params.pop("warmup_lr_init", None)
    bases: list[float] = raw.get("base_lr", [1.0])
    stop = len(raw["metrics"]) + 1
    curve = raw["lr"] if raw["lr"] and isinstance(raw["lr"][0], list) else [[lr] for lr in raw["lr"]]
    return Case(
        name=raw["name"],
        policy={**_mode(raw["type"]), **params, "variant": variant},
        metrics=[float(metric) for metric in raw["metrics"]],
        planned=[_ramp(base, warmup_lr, params.get("warmup_epochs", 0), stop) for base in bases],
        lr=[list(column) for column in zip(*curve, strict=True)],
        tolerance=1e-6 if raw.get("dtype") == "float32" else 1e-12,
        states=_states(raw),
        refused="error" in raw,
    )


def _mode(scheduler: str) -> dict[str, str]:
    return {"mode": "max"} if scheduler == "PlateauLRScheduler" else {}


def _ramp(base: float, start: float | None, epochs: int, stop: int) -> list[float]:
    if start is None:
        return [base] * stop
    rise = (base - start) / epochs
    return [start + rise * epoch if epoch < epochs else base for epoch in range(stop)]


def _states(raw: dict[str, Any]) -> list[list[float]] | None:
    states = raw.get("state_after_step")
    return states and [[float(value) for value in state] for state in states]


def close(got: list[float], want: list[float], tolerance: float) -> bool:
    """Whether two curves agree, within `tolerance` of the peak of the second."""
    reach = tolerance * max(want)
    return len(got) == len(want) and all(
        math.isclose(a, b, rel_tol=0, abs_tol=reach) for a, b in zip(got, want, strict=True)
    )
