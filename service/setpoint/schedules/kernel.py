"""The mathematics under every schedule: functions of one float, the same to the bit on every machine where they can be.

Only `+ - * /`, comparison and `sqrt` give the same bits on every CPU and in every language; `exp`, `log` and `pow` do
not, and numpy's differ from `math`'s in the last bit on about one value in twenty. So functions here are of two sorts:

- *portable* (`lerp`, `half_wave`, `clip` and what is made of them): written with operators alone, and therefore also
  right for a numpy array, element by element, with the same bits. Nothing here imports numpy.
- *scalar* (`power` and whatever calls `math`): called once per value, for single values and curves alike.
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias, cast

Curve: TypeAlias = Callable[[float], float]
"""A function of time. One that is marked portable takes an array of float64 as well."""

# sin(pi u / 2)^2 = y R(y) with y = u^2, on 0 <= u <= 1/2. R interpolated at the Chebyshev nodes of [0, 1/4]: off by at
# most 1.3e-16, and exactly 1/2 at u = 1/2, so that the two halves of the wave meet.
_R = (
    2.4674011002723395,
    -2.029356063208368,
    0.6676313844259402,
    -0.11766531513607885,
    0.012903445012937696,
    -0.000964781326239933,
    5.2291431841632926e-05,
    -2.0831997313634743e-06,
)


def half_wave(u: float) -> float:
    """`(1 + cos(pi u)) / 2` for `0 <= u <= 1`: from 1 down to 0. Portable.

    Exactly 1, 1/2 and 0 at 0, 1/2 and 1, never outside [0, 1], and never rising: each half is built on a sine squared,
    which is small where the wave is flat, and not on a cosine, whose flat ends would show the rounding.
    """
    v = 0.5 - abs(u - 0.5)
    y = v * v
    r = _R[7]
    r = r * y + _R[6]
    r = r * y + _R[5]
    r = r * y + _R[4]
    r = r * y + _R[3]
    r = r * y + _R[2]
    r = r * y + _R[1]
    r = r * y + _R[0]
    return 0.5 + ((u <= 0.5) * 2.0 - 1.0) * (0.5 - y * r)


def lerp(start: float, final: float) -> Curve:
    """The straight line from `start` at 0 to `final` at 1: exact at both ends, never outside between them. Portable."""
    span = final - start
    if start == 0.0 or final == 0.0:
        return lambda s: start + span * s

    def line(s: float) -> float:
        first = s < 0.5
        return first * (start + span * s) + (1.0 - first) * (final - span * (1.0 - s))

    return line


def clip(value: float, low: float, high: float) -> float:
    """`value` brought into `[low, high]`. Portable; infinities are brought in too."""
    array: Any = value
    if hasattr(array, "clip"):  # an array's own method: arithmetic with a mask would make inf * 0 = nan
        return cast(float, array.clip(low, high))
    return min(max(value, low), high)


def power(base: float, exponent: float) -> float:
    """`base ** exponent`, infinite where that overflows or divides by zero. `0 ** 0` is 1. Scalar."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:  # zero to a negative power; a negative base to a fraction
        return math.inf if base == 0.0 else math.nan


def grown(ratio: float, x: float) -> float:
    """`ratio ** x - 1` for a ratio above 0, without loss where it is near 1; infinite where it overflows. Scalar."""
    try:
        return math.expm1(x * math.log(ratio))
    except OverflowError:
        return math.inf


def root(x: float) -> float:
    """The square root, NaN below 0. Scalar."""
    return math.sqrt(x) if x >= 0.0 else math.nan


def power_of(exponent: float) -> tuple[Curve, bool]:
    """`x -> x ** exponent`, and whether it is portable: 1 and 2 need no `pow`."""
    if exponent == 1.0:
        return (lambda x: x), True
    if exponent == 2.0:
        return (lambda x: x * x), True
    if exponent == 0.5:
        return root, False
    return (lambda x: power(x, exponent)), False
