"""Strict scalars: what a number is allowed to be when it comes from outside.

`true` is no number, nor is `"0.1"`; NaN and infinities are none either; `1` may stand where a real number is meant,
`1.0` may not where an epoch is. Pydantic's `strict=True` would also refuse a list for a tuple, so the scalars say it
one by one.
"""

import math
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

END_OF_TIME = 2**53
"""Epochs lie below it: up to here a float64 holds every integer."""
SHORTEST = 2.0**-10
"""No stretch of time is shorter: what happens many times within an epoch can't be told from noise."""
LONGEST = 2.0**100
"""Nor longer."""


def _real(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticCustomError("number", "must be a number")
    try:
        real = float(value)
    except OverflowError:
        real = math.inf
    if not math.isfinite(real):
        raise PydanticCustomError("finite", "must be a finite number (float64)")
    return real + 0.0  # -0.0 becomes 0.0


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("whole", "must be a whole number, written without a point or an exponent")
    return value


def exact(value: float) -> int | float:
    """The integer it is, where it is one: integer arithmetic is exact, and boundaries depend on it."""
    return int(value) if float(value).is_integer() else value


Real = Annotated[float, BeforeValidator(_real)]
Rate = Annotated[float, Field(ge=0), BeforeValidator(_real)]
"""A learning rate: finite, not negative."""
Factor = Annotated[float, Field(ge=0), BeforeValidator(_real)]
Positive = Annotated[float, Field(gt=0), BeforeValidator(_real)]
Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(_real)]
"""A part of a whole: 0 to 1."""
Length = Annotated[float, Field(ge=SHORTEST, lt=END_OF_TIME), BeforeValidator(_real)]
"""A stretch of time that need not be whole."""
Moment = Annotated[float, Field(gt=-END_OF_TIME, lt=END_OF_TIME), BeforeValidator(_real)]
"""A point in time that need not be whole, and may lie before epoch 0."""
Multiple = Annotated[float, Field(ge=1, lt=END_OF_TIME), BeforeValidator(_real)]
Whole = Annotated[int, Field(gt=-END_OF_TIME, lt=END_OF_TIME), BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0, lt=END_OF_TIME), BeforeValidator(_whole)]
PositiveInt = Annotated[int, Field(gt=0, lt=END_OF_TIME), BeforeValidator(_whole)]
Stairs = Annotated[int, Field(ge=0, le=4096), BeforeValidator(_whole)]
Epoch = Annotated[int, Field(ge=0, lt=END_OF_TIME), BeforeValidator(_whole)]


def _ordered(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(later < earlier for earlier, later in pairwise(values)):
        raise PydanticCustomError("ordered", "must be in ascending order")
    return values


Milestones = Annotated[tuple[Epoch, ...], Field(min_length=1, max_length=4096), AfterValidator(_ordered)]
"""Epochs in ascending order; one that stands twice counts twice."""
