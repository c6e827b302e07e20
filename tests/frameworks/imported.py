"""What an import must be: the library's values at every epoch, or a refusal."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, settings

from setpoint.errors import NotConvertible
from setpoint.interop.call import Imported
from setpoint.interop.registry import read

HUNDRED = settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)

Columns = Sequence[Sequence[float]]
"""A curve for each parameter group, from epoch 0 on, as long as the library answered."""


def differences(imported: Imported, columns: Columns, tolerance: float) -> list[str]:
    """Where the import has another value than the library: off by more than `tolerance` of the curve's peak."""
    specs = [imported.schedule, *imported.groups.values()]
    assert len(specs) == len(columns)
    return [
        f"group {group}, epoch {epoch}: library {want!r}, here {spec.lr(epoch)!r}"
        for group, (spec, column) in enumerate(zip(specs, columns, strict=True))
        for epoch, want in enumerate(column)
        if not math.isclose(spec.lr(epoch), want, rel_tol=0, abs_tol=tolerance * peak(column))
    ]


def peak(column: Sequence[float]) -> float:
    return max((abs(value) for value in column if math.isfinite(value)), default=0.0) or 1.0


def imported(
    library: str, scheduler: str, arguments: Mapping[str, Any], initial_lr: float | Sequence[float] | None
) -> Imported | None:
    """What the import comes to; None where it is refused."""
    try:
        return read(library, scheduler, arguments, initial_lr)
    except NotConvertible:
        return None
