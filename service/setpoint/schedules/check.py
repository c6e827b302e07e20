"""Will it hold? Whether every epoch of a schedule has a learning rate that may be served, found out from its pieces."""

from collections.abc import Iterator
from hashlib import blake2b

from pydantic_core import PydanticCustomError

from setpoint.errors import Fault
from setpoint.schedules.breach import LARGEST, PATIENCE, breach
from setpoint.schedules.spec import Spec

HORIZON = 10**9
"""How far ahead a schedule is checked."""


def checked(spec: Spec) -> Spec:
    """`spec`, if all of its epochs up to 10^9 have a finite learning rate that is not negative."""
    found = _known_faults(spec)
    if found:
        raise PydanticCustomError("served", "can't be served on every epoch", {"faults": [*found]})
    return spec


def _known_faults(spec: Spec) -> tuple[Fault, ...]:
    """What is wrong with it. Every rank of a training sends the same, and thousands of knots take a while.

    It is remembered by a fingerprint: the spec itself has megabytes where it has those.
    """
    key = blake2b(spec.model_dump_json().encode(), digest_size=16).digest()
    found = _remembered.get(key)
    if found is None:
        found = tuple(_faults(spec, "", PATIENCE // spec.form.breadth))
        if len(_remembered) >= _MOST:
            _remembered.pop(next(iter(_remembered)), None)  # the oldest
        _remembered[key] = found
    return found


_MOST = 1024
_remembered: dict[bytes, tuple[Fault, ...]] = {}


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
