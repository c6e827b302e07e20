"""Numbers that JSON has no words for."""

import math


def told(value: float) -> float | str:
    """A float as metrics are written: itself, or "NaN", "Infinity", "-Infinity"."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
