"""A metric as it is sent."""

import math
from typing import Any, NamedTuple, SupportsFloat, cast


class Metric(NamedTuple):
    """A metric of an epoch, as it is sent."""

    epoch: int
    body: dict[str, Any]


def metric(value: object, weight: float | None = None) -> dict[str, Any]:
    """What a worker measured, whatever type of number it is in; what is none is said in words.

    Raises:
        TypeError, ValueError: it can't be made a float.
    """
    number = float(cast(SupportsFloat, value))
    body: dict[str, Any] = {"value": number if math.isfinite(number) else _word(number)}
    return body if weight is None else {**body, "weight": float(weight)}


def _word(number: float) -> str:
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
