"""The schedule starts from the learning rate that the optimizer was made with: said once, there."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from setpoint.errors import InvalidRequest
from setpoint.schedules.kinds import KINDS, parse

Spec = Mapping[str, Any]
Specs = tuple[dict[str, Any], dict[str, dict[str, Any]]]

STARTS = ("initial_lr", "peak_lr")
"""What a learning rate may start from, or warm up to: where it is missing, it is the optimizer's."""


class Begun(NamedTuple):
    """A parameter group: the learning rate that it was made with, and the one that it has."""

    name: str
    initial_lr: float
    lr: float


def settled(schedule: Spec, groups: Mapping[str, Spec] | None, begun: Sequence[Begun], epoch: int) -> Specs:
    """The schedule and those of the parameter groups, started from the learning rates that they have at `epoch`.

    Without `groups`, parameter groups with learning rates of their own have the same schedule from there.

    Raises:
        InvalidRequest: a schedule names another learning rate than the optimizer has.
    """
    first, *others = begun
    started = _started(schedule, first, epoch)
    if groups is not None:
        known = {group.name: group for group in begun}
        return started, {
            name: _started(spec, known[name], epoch) if name in known else dict(spec) for name, spec in groups.items()
        }
    if all(other.initial_lr == first.initial_lr for other in others):
        return started, {}
    return started, {other.name: _started(schedule, other, epoch) for other in others}


def _started(schedule: Spec, group: Begun, epoch: int) -> dict[str, Any]:
    filled = _filled(schedule, group.initial_lr)
    if any(_starts(filled)) and not _agrees(filled, group, epoch):
        said = ", ".join(f"{value!r}" for value in _starts(schedule))
        raise InvalidRequest(
            f"the optimizer's learning rate is {group.initial_lr!r} (parameter group {group.name}), and the schedule "
            f"starts from {said}: say it once, in the optimizer, and leave it out of the schedule"
        )
    return filled


def _starts(schedule: Spec) -> Iterator[float]:
    for name in STARTS:
        if name in schedule:
            yield schedule[name]
    for member in _members(schedule):
        yield from _starts(member)


def _agrees(schedule: Spec, group: Begun, epoch: int) -> bool:
    """Whether the schedule speaks of where the group began, or has at `epoch` what it has."""
    is_spoken_of = any(_close(value, group.initial_lr) for value in _starts(schedule))
    return is_spoken_of or _close(parse(schedule).lr(epoch), group.lr)


def _close(value: float, rate: float) -> bool:
    """A Tensor of 32 bits has seven digits of it."""
    return math.isclose(value, rate, rel_tol=1e-6)


def _filled(schedule: Spec, rate: float) -> dict[str, Any]:
    """The schedule with `rate` wherever it needs a learning rate to start from and names none."""
    filled = dict(schedule)
    for name in STARTS:
        if name not in filled and _needs(schedule.get("kind"), name):
            filled[name] = rate
    if "schedule" in filled:
        filled["schedule"] = _filled(filled["schedule"], rate)
    if "schedules" in filled:
        first, *others = filled["schedules"]
        is_product = filled.get("kind") == "product"  # all but its first are factors
        filled["schedules"] = [
            _filled(first, rate),
            *(others if is_product else [_filled(one, rate) for one in others]),
        ]
    return filled


def _needs(kind: object, name: str) -> bool:
    fields = KINDS[kind].model_fields if isinstance(kind, str) and kind in KINDS else {}
    return name in fields and fields[name].is_required()


def _members(schedule: Spec) -> Iterator[Spec]:
    if "schedule" in schedule:
        yield schedule["schedule"]
    yield from schedule.get("schedules", ())
