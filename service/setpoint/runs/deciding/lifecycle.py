"""The beginning of a run, its end, and its labels."""

import json

from setpoint.errors import Fault, RunExistsDiffers
from setpoint.runs.command import Create, Patch
from setpoint.runs.deciding import guards
from setpoint.runs.deciding.changes import holds
from setpoint.runs.event import Created, Event, Labelled, StateChanged
from setpoint.runs.plan import Plan
from setpoint.runs.settings import Settings
from setpoint.runs.state import Run
from setpoint.schedules.spec import Spec

PER_CALL = {"labels", "start_epoch"}
"""What may differ when a run is created again: every rank of a job creates it, and each may join at another epoch."""


def create(run: Run | None, command: Create, incarnation: int) -> tuple[Event, ...]:
    """The run's creation; nothing where the same run is there."""
    if run is None:
        holds(Plan(command.settings), command.settings.start_epoch)
        return (Created(command.settings, incarnation),)
    faults = differences(run.settings, command.settings)
    if faults:
        raise RunExistsDiffers(f"run {run.name} exists with other settings", faults=faults)
    return ()


def differences(there: Settings, asked: Settings) -> list[Fault]:
    """Where the two differ, after defaults, with what is there."""
    faults: list[Fault] = []
    for name in Settings.model_fields.keys() - PER_CALL:
        if _in_full(there, name) != _in_full(asked, name):
            plain = there.model_dump(mode="json", exclude_none=True).get(name)
            shown = there.lookahead if name == "max_lookahead" else plain
            faults.append(Fault(f"/{name}", f"is {json.dumps(shown)} in the run that is there"))
    return sorted(faults, key=lambda fault: fault.pointer)


def _in_full(settings: Settings, name: str) -> object:
    """A setting after defaults, those that follow from others among them."""
    if name == "schedule":
        return settings.schedule.in_full()
    if name in ("groups", "hyperparameters"):
        schedules: dict[str, Spec] = getattr(settings, name)
        return {each: schedule.in_full() for each, schedule in schedules.items()}
    return settings.lookahead if name == "max_lookahead" else getattr(settings, name)


def patch(run: Run, command: Patch) -> tuple[Event, ...]:
    """The new state and labels, as far as they are new."""
    events: list[Event] = []
    if command.state == "archived" and run.state == "archived" and command.labels is None:
        return ()
    guards.not_archived(run)
    if command.labels is not None and dict(command.labels) != dict(run.labels):
        events.append(Labelled(dict(command.labels)))
    if command.state is not None and command.state != run.state:
        events.append(StateChanged(command.state))
    return tuple(events)
