"""What an attempt's learning rates were and will be: sealed bits as far as they go, and from there on the plan."""

import math
from dataclasses import dataclass

from setpoint.runs.sealed import Sealed
from setpoint.runs.state import Attempt
from setpoint.schedules.form import Form
from setpoint.schedules.piece import Piece, Time


@dataclass(frozen=True)
class History(Form):
    """A column of an attempt as a function of the epoch."""

    sealed: Sealed
    plan: Form
    column: int

    @property
    def end(self) -> Time | None:
        return self.plan.end

    def piece(self, t: Time) -> Piece:
        frontier = self.sealed.stop
        if t >= frontier:
            return self.plan.piece(t).within(frontier, math.inf)
        if t < self.sealed.start:
            return self.plan.piece(t).within(0, self.sealed.start)
        stretch = self.sealed.at(math.floor(t))
        values, start = stretch.columns[self.column], stretch.start
        return Piece(stretch.start, stretch.stop, lambda e: values[int(e) - start], portable=False, trend=None)


def history(attempt: Attempt, column: int) -> History:
    return History(attempt.sealed, attempt.plan.forms[column], column)


def shown_until(attempt: Attempt) -> int:
    """Where a picture of the whole run ends: at the plan's end, or, where it has none, some way past the frontier.

    One that has come to rest with a hold or a pin has none: it may go on. It is shown to its schedule's end at least.
    """
    plan, start, frontier = attempt.plan, attempt.sealed.start, attempt.frontier
    end = plan.forms[0].end
    some_way = frontier + max(frontier - start, 100)
    if plan.is_at_rest:
        return max(some_way, math.ceil(end or 0), plan.settings.schedule.end or 0)
    if end is None or end == math.inf or end <= start:
        return some_way
    return max(math.ceil(end), frontier)
