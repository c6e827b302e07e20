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
_PATIENCE = 20_000


def breach(form: Form, start: int, stop: int, low: float, high: float) -> int | None:
    """The first epoch of `[start, stop)` whose value is not within `[low, high]`; None where there is none.

    Hulls are never too narrow, so a stretch whose hull fits is done with; one whose hull does not is halved until a
    single epoch shows whether it was the value or only the hull. Where that takes too long, the stretch counts as a
    breach.
    """
    stretches, looked = [(start, stop)], 0
    while stretches:
        first, after = stretches.pop()
        least, greatest = form.hull(first, after - 1)
        looked += 1
        if low <= least and greatest <= high:
            continue
        if after - first == 1 or looked > _PATIENCE:
            return first
        middle = (first + after) // 2
        stretches += [(middle, after), (first, middle)]
    return None


def checked(spec: Spec) -> Spec:
    """`spec`, if all of its epochs up to 10^9 have a finite learning rate that is not negative."""
    found = list(_faults(spec, ""))
    if found:
        raise PydanticCustomError("served", "can't be served on every epoch", {"faults": found})
    return spec


def _faults(spec: Spec, pointer: str) -> Iterator[Fault]:
    """What is wrong, as deep inside as it can be found."""
    epoch = breach(spec.form, 0, HORIZON, 0.0, LARGEST)
    if epoch is None:
        return
    inner = [fault for place, member in spec.members() for fault in _faults(member, pointer + place)]
    if inner:
        yield from inner
        return
    value = spec.form.value(epoch)
    problem = "goes below 0" if value < 0 else "is no longer a finite number"
    blame = f"{pointer}/{spec.blame}" if spec.blame else pointer
    yield Fault(blame, f"the learning rate {problem} at epoch {epoch}: {_advice(value)}")


def _advice(value: float) -> str:
    if value < 0:
        return "end it before that, hold its end, or clamp it at 0"
    return "choose a smaller factor, end it before that, or clamp it"
