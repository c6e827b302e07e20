"""Events as watchers are told them."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from setpoint.runs.event import (
    AttemptOpened,
    Changed,
    Created,
    Decided,
    Diverged,
    Event,
    Labelled,
    Left,
    Measured,
    Recorded,
    Reported,
    SealedEpochs,
    StateChanged,
)
from setpoint.runs.sealed import from_bits
from setpoint.runs.settings import Settings
from setpoint.wire.change import asked
from setpoint.wire.number import told


class Told(TypedDict):
    """An event: the data of one message of a stream. What else there is depends on its type."""

    run: str
    id: int
    type: str
    at: str
    actor: str


def told_event(name: str, settings: Settings, recorded: Recorded) -> dict[str, Any]:
    """One event: its id within the run, its type, when and by whom, and what happened."""
    return {
        "run": name,
        "id": recorded.id,
        "type": recorded.event.kind,
        "at": recorded.origin.at,
        "actor": recorded.origin.actor,
        **_what(settings, recorded.event),
    }


def _what(settings: Settings, event: Event) -> Mapping[str, Any]:  # noqa: C901, PLR0911 - one case an event
    match event:
        case Created():
            return {"schedule": event.settings.schedule.plain(), "unit": event.settings.unit}
        case SealedEpochs():
            return _sealed(settings, event)
        case Reported():
            return {"attempt": event.attempt, "worker": event.worker, "epoch": event.epoch}
        case Left():
            return {"attempt": event.attempt, "worker": event.worker}
        case Changed():
            return _changed(settings, event)
        case AttemptOpened():
            return _attempt(event)
        case Measured():
            return {
                "attempt": event.attempt,
                "epoch": event.epoch,
                "worker": event.worker,
                "value": told(event.value),
                "weight": event.weight,
            }
        case Decided():
            return _decided(event)
        case StateChanged(state=state):
            return {"state": state}
        case Labelled(labels=labels):
            return {"labels": dict(labels)}
        case Diverged():
            return {"attempt": event.attempt, "worker": event.worker, "name": event.name, "start": event.start,
                    "used": list(event.used), "sealed": list(event.sealed)}  # fmt: skip


def _sealed(settings: Settings, event: SealedEpochs) -> dict[str, Any]:
    """The epochs and the learning rate of the last of them; a watcher that wants all reads the curve."""
    last = {name: from_bits(event.columns[i])[-1] for i, name in enumerate(settings.rate_names)}
    return {
        "attempt": event.attempt,
        "start": event.start,
        "stop": event.stop,
        "lr": last.pop("lr"),
        "groups": last,
        "plan_version": event.plan_version,
    }


def _changed(settings: Settings, event: Changed) -> dict[str, Any]:
    request = asked(event.change)
    return {
        "attempt": event.attempt,
        "change": event.number,
        "op": request["op"],
        "effective_epoch": event.effective_epoch,
        "lr_before": event.before[0],
        "lr_after": event.after[0],
        "groups_before": dict(zip(settings.groups, event.before[1:], strict=False)),
        "groups_after": dict(zip(settings.groups, event.after[1:], strict=False)),
        "plan_version": event.plan_version,
        "reason": event.change.reason,
        "request": request,
    }


def _attempt(event: AttemptOpened) -> dict[str, Any]:
    return {
        "attempt": event.attempt,
        "parent": event.parent,
        "from_epoch": event.from_epoch,
        "keep": event.keep,
        "dropped": list(event.dropped),
        "plan_version": event.plan_version,
        "checkpoint": event.checkpoint,
        "reason": event.reason,
    }


def _decided(event: Decided) -> dict[str, Any]:
    return {
        "attempt": event.attempt,
        "epoch": event.epoch,
        "metric": told(event.metric),
        "factors": list(event.factors),
        "effective_epoch": event.effective_epoch,
        "plan_version": event.plan_version,
    }
