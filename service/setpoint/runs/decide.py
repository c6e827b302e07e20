"""What follows from a command, given a run: events, or a refusal. Pure: the same answer every time it is asked."""

from typing import NamedTuple

from setpoint.errors import NotFound, SetpointError
from setpoint.runs.command import ChangePlan, CheckIn, Command, Create, Leave, Measure, OpenAttempt, Patch
from setpoint.runs.deciding.attempts import open_attempt
from setpoint.runs.deciding.changes import change_plan
from setpoint.runs.deciding.checkins import check_in, leave
from setpoint.runs.deciding.lifecycle import create, patch
from setpoint.runs.deciding.metrics import measure
from setpoint.runs.event import Event
from setpoint.runs.state import Run


class Decision(NamedTuple):
    """What happened, and the refusal that is told all the same once that is durable."""

    events: tuple[Event, ...] = ()
    refusal: SetpointError | None = None


def decide(run: Run | None, command: Command, incarnation: int) -> Decision:  # noqa: PLR0911 - one case a command
    """What follows from `command` in a store of that `incarnation`; no run yet is `None`.

    No events mean that nothing is left to do: the state answers the command already.

    Raises:
        Refused: the command can't be carried out, and nothing happened.
    """
    if isinstance(command, Create):
        return Decision(create(run, command, incarnation))
    if run is None:
        raise NotFound("there is no run of this name: PUT /v1/runs/{run} creates it")
    match command:
        case CheckIn():
            return Decision(*check_in(run, command, incarnation))
        case Leave():
            return Decision(leave(run, command))
        case ChangePlan():
            return Decision(change_plan(run, command, incarnation))
        case OpenAttempt():
            return Decision(open_attempt(run, command, incarnation))
        case Measure():
            return Decision(measure(run, command, incarnation))
        case Patch():
            return Decision(patch(run, command))
