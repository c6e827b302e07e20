"""The reports of several workers as one metric."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

Aggregate = Literal["mean", "min", "max"]


def aggregate(values: Sequence[float], weights: Sequence[float], how: Aggregate) -> float:
    """The mean (by weight), the smallest or the largest of `values`; NaN where any of them is NaN.

    The mean is exact and rounded once, so the order of the reports can't move its last bit.
    `weights` are positive and concern the mean alone. Infinities of both signs have no mean: NaN.

    Raises:
        ValueError: no values, or not as many weights as values.
    """
    if not values or len(values) != len(weights):
        raise ValueError("as many weights as values, and at least one of each")
    if any(math.isnan(value) for value in values):
        return math.nan
    if how == "mean":
        return _mean(values, weights)
    return min(values) if how == "min" else max(values)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    infinite = [value for value in values if math.isinf(value)]
    if infinite:
        return sum(infinite)  # of both signs: NaN
    pairs = [(Fraction(value), Fraction(weight)) for value, weight in zip(values, weights, strict=True)]
    total = sum((weight for _, weight in pairs), Fraction())
    return float(sum((value * weight for value, weight in pairs), Fraction()) / total)
