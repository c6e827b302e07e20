"""The cases that the real libraries produced, as calls to import and curves to compare with."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

VECTORS = Path(__file__).parents[1] / "vectors"
ONE_CLASS = {"megatron": "OptimizerParamScheduler", "mmengine": "param_scheduler"}
CODE = ("LambdaLR", "MultiplicativeLR", "LambdaDecay", "MultiplicativeDecay", "scale_fn", "noise_range_t")


@dataclass(frozen=True)
class Case:
    """One scheduler as the library ran it: a curve for each parameter group, and a tolerance as a part of its peak."""

    name: str
    library: str
    scheduler: str
    arguments: dict[str, Any]
    initial_lr: float | list[float] | None
    epochs: list[int]
    columns: list[list[float]]
    tolerance: float
    metrics: list[float] | None
    needs_code: bool

    @property
    def refused_by_the_library(self) -> bool:
        return not self.columns[0]

    def agrees(self, curve: list[float], column: list[float]) -> bool:
        peak = max(map(abs, column)) or 1.0
        return len(curve) >= len(column) and all(
            math.isclose(got, want, rel_tol=0, abs_tol=self.tolerance * peak)
            for got, want in zip(curve, column, strict=False)
        )


def cases() -> Iterator[Case]:
    """All cases but those that were resumed or jumped inside the library: what users get wrong, not a schedule."""
    for path in sorted(VECTORS.glob("*.json")):
        document = json.loads(path.read_text())
        for case in document["cases"]:
            if "how" not in case:
                yield _case(document["library"], case)


def _case(library: str, case: dict[str, Any]) -> Case:
    curve, tolerance = _expected(case)
    rates = [1.0] if case.get("note", "").startswith("values are the scale") else case.get("base_lr")
    metrics = [float(metric) for metric in case["metrics"]] if "metrics" in case else None
    spelled = json.dumps([case["type"], case["params"]])
    return Case(
        name=f"{library}: {case['name']}",
        library=library,
        scheduler=ONE_CLASS.get(library) or case["type"],
        arguments=_nested(case["params"]),
        initial_lr=rates[0] if rates and len(rates) == 1 else rates,
        epochs=case["epochs"][: len(curve)],
        columns=[list(column) for column in zip(*curve, strict=True)]
        if curve and isinstance(curve[0], list)
        else [curve],
        tolerance=tolerance,
        metrics=metrics,
        needs_code=any(name in spelled for name in CODE),
    )


def _expected(case: dict[str, Any]) -> tuple[list[Any], float]:
    if "lr_closed" in case:
        return case["lr_closed"], 1e-12
    if "lr_x64" in case:
        return case["lr_x64"], 1e-12
    return case["lr"], 1e-6 if case.get("dtype") == "float32" else 1e-9


def _nested(value: object) -> Any:
    """The files write a nested scheduler as {"type", "params"}; a call has {"scheduler", "arguments"}."""
    if isinstance(value, list):
        return [_nested(item) for item in cast(list[object], value)]
    if not isinstance(value, dict):
        return value
    inside = {key: _nested(item) for key, item in cast(dict[str, object], value).items()}
    if set(inside) == {"type", "params"}:
        return {"scheduler": inside["type"], "arguments": inside["params"]}
    return inside
