"""Will it hold? Whether every epoch of a schedule has a learning rate that may be served, found out from its pieces."""

import math
from collections.abc import Iterator

from pydantic_core import PydanticCustomError

from setpoint.errors import Fault
from setpoint.schedules.form import Form
from setpoint.schedules.spec import Spec

HORIZON = 10**9
"""How far ahead a schedule is checked."""

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


def checked(spec: Spec) -> Spec:
    """`spec`, if all of its epochs up to 10^9 have a finite learning rate that is not negative."""
    found = list(_faults(spec, "", PATIENCE // spec.form.breadth))
    if found:
        raise PydanticCustomError("served", "can't be served on every epoch", {"faults": found})
    return spec


def _faults(spec: Spec, pointer: str, patience: int) -> Iterator[Fault]:
    """What is wrong, as deep inside as it can be found."""
    epoch = breach(spec.form, 0, HORIZON, 0.0, LARGEST, patience)
    if epoch is None:
        return
    members = list(spec.members())
    share = patience // (1 + len(members))
    inner = [fault for place, member in members for fault in _faults(member, pointer + place, share)]
    if inner:
        yield from inner
        return
    blame = f"{pointer}/{spec.blame}" if spec.blame else pointer
    yield Fault(blame, _problem(spec.form.value(epoch), epoch))


def _problem(value: float, epoch: int) -> str:
    if value < 0:
        return f"the learning rate goes below 0 at epoch {epoch}: end it before that, hold its end, or clamp it at 0"
    if value <= LARGEST:
        return f"the learning rate can't be shown to stay a finite number from epoch {epoch} on: make it simpler"
    return (
        f"the learning rate is no longer a finite number at epoch {epoch}: "
        "choose a smaller factor, end it before that, or clamp it"
    )
