"""A run as one static schedule: what is sealed as written values, what is planned as it is composed."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from setpoint.errors import InvalidSchedule, NotBakeable
from setpoint.runs.plan import Segment, as_table, joined
from setpoint.runs.state import Attempt
from setpoint.schedules.basic import Constant, Piecewise
from setpoint.schedules.faults import size_fault
from setpoint.schedules.kinds import parse
from setpoint.schedules.spec import Spec

MOST_LEVELS = 4096
MOST_BYTES = 250_000
"""What fits into a request with room to spare for the question."""


def baked(attempt: Attempt) -> dict[str, Any]:
    """`{"schedule", "groups", "hyperparameters"}`: each with the very bits of the attempt, from its start on.

    Raises:
        NotBakeable: it would be larger than a schedule may be.
    """
    settings = attempt.plan.settings
    columns = [_servable(_column(attempt, i)) for i in range(len(settings.specs))]
    return {
        "schedule": columns[0],
        "groups": dict(zip(settings.groups, columns[1:], strict=False)),
        "hyperparameters": dict(zip(settings.hyperparameters, columns[settings.rates :], strict=False)),
    }


def _servable(spec: Spec) -> dict[str, Any]:
    """`spec` as JSON that can be sent back as it is."""
    plain = spec.plain()
    too_deep = size_fault({"schedule": plain})
    if too_deep is not None:
        raise NotBakeable("as one schedule it would be too intricate to be asked for", faults=[too_deep])
    if len(json.dumps(plain)) > MOST_BYTES:
        raise NotBakeable(f"as one schedule it would be longer than {MOST_BYTES} bytes, too long to be asked for")
    try:
        parse(plain)
    except InvalidSchedule as too_large:
        raise NotBakeable("as one schedule it would exceed what a schedule may be", faults=too_large.faults) from None
    return plain


def _column(attempt: Attempt, column: int) -> Spec:
    start, frontier = attempt.sealed.start, attempt.frontier
    planned = attempt.plan.segments[column]
    if start == frontier:
        return joined(planned)
    if frontier - start > 65_536:
        raise NotBakeable(f"{frontier - start} epochs are sealed, more than a table may have")
    past = _past(start, attempt.sealed.values(column, start, frontier))
    return joined([Segment(0, past), *_from(planned, frontier)])


def _from(segments: Sequence[Segment], epoch: int) -> Iterator[Segment]:
    """The segments that govern from `epoch` on."""
    before = [each for each in segments if each.start <= epoch]
    yield Segment(epoch, before[-1].spec)
    yield from (each for each in segments if each.start > epoch)


def _past(start: int, values: Sequence[float]) -> Spec:
    """Written values from `start` on, as steps where they are few."""
    levels = [(value, len(list(same))) for value, same in groupby(values)]
    if len(levels) == 1:
        return Constant.model_construct(kind="constant", initial_lr=levels[0][0])
    if len(levels) > MOST_LEVELS or len(levels) > len(values) // 2:
        return as_table(start, values)
    ends = _running(start, [length for _, length in levels])
    return Piecewise.model_construct(
        kind="piecewise", milestones=tuple(ends[:-1]), values=tuple(value for value, _ in levels), side="right"
    )


def _running(start: int, lengths: Sequence[int]) -> list[int]:
    ends: list[int] = []
    for length in lengths:
        start += length
        ends.append(start)
    return ends
