"""Where a form leaves given bounds first, found out from its hulls: a billion epochs in some hundred looks."""

import math
from collections.abc import Iterator

from setpoint.schedules.form import Form

LARGEST = math.nextafter(math.inf, 0)
PATIENCE = 20_000
"""How often to look before a stretch counts as a breach."""


def breach(form: Form, start: int, stop: int, low: float, high: float, patience: int = PATIENCE) -> int | None:
    """The first epoch of `[start, stop)` whose value is not within `[low, high]`; None where there is none.

    Hulls are never too narrow, so a stretch whose hull fits is done with; one whose hull does not is halved until a
    single epoch shows whether it was the value or only the hull. Where that takes too long, the stretch counts as a
    breach: the epoch is then the first that could not be ruled out.
    """
    if start >= stop or _fits(form, start, stop, low, high):
        return None
    stretches = list(_ever_longer(start, stop))
    stretches.reverse()
    while stretches:
        first, after = stretches.pop()
        patience -= 1
        if _fits(form, first, after, low, high):
            continue
        if after - first == 1 or patience <= 0:
            return first
        middle = (first + after) // 2
        stretches += [(middle, after), (first, middle)]
    return None


def _fits(form: Form, start: int, stop: int, low: float, high: float) -> bool:
    if stop - start == 1:
        return low <= form.value(start) <= high
    least, greatest = form.hull(start, stop - 1)
    return low <= least and greatest <= high


def _ever_longer(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The whole in stretches of 1, 2, 4 and so on: an early breach is found without looking far ahead."""
    first, length = start, 1
    while first < stop:
        yield first, min(first + length, stop)
        first, length = first + length, 2 * length
