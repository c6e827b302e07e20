"""How a run is joined: created or found, or, while the service is gone, taken up from the grant on disk."""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from setpoint.client import call
from setpoint.client.contact import Contact
from setpoint.client.grant import Grant
from setpoint.client.identity import Identity
from setpoint.client.outage import Terms
from setpoint.client.retry import Patience
from setpoint.client.shelf import Shelf
from setpoint.client.transport import Transport
from setpoint.errors import InvalidRequest, RunExistsDiffers, RunFinished, Unavailable

_OFFLINE_SECONDS = 2.0
"""How long the service is waited for where there is a grant to go on with."""
_QUIET_SECONDS = 3.0
"""After so long without an answer a person is told."""

_log = logging.getLogger("setpoint")


class Schedule(Protocol):
    """A schedule of `setpoint.schedules`."""

    def plain(self) -> dict[str, Any]: ...


class Wish(NamedTuple):
    """Who wants to join what. `settings` None: the run must be there."""

    run: str
    worker: str
    lookahead: int | None
    settings: Mapping[str, Any] | None


def joined(transport: Transport, wish: Wish, terms: Terms, shelf: Shelf | None) -> tuple[Contact, dict[str, Any]]:
    """The contact of a worker that has joined, and what the service told of the run (while it is gone: last).

    A worker that was no part of a run while it went on is refused at its first epoch, unless it opens a new attempt.

    Raises:
        SetpointError: what the service raised; Unavailable only without a grant on disk.
    """
    kept = None if shelf is None else shelf.get()
    try:
        facts = _asked(transport, wish, terms, is_patient=kept is None)
    except RunExistsDiffers as error:
        raise _taken(wish.run, error) from None
    except Unavailable as error:
        if kept is None:
            raise
        return _offline(transport, wish, terms, shelf, kept, error), {} if shelf is None else shelf.facts
    if shelf is not None:
        shelf.facts = facts
    lookahead = facts["max_lookahead"] if wish.lookahead is None else wish.lookahead
    contact = Contact(transport, Identity(wish.run, wish.worker, lookahead), facts["attempt"], terms, shelf)
    if kept is not None and kept.attempt == facts["attempt"]:
        contact.held.take(kept, None)
    elif facts["state"] == "finished":
        detail = f"run {wish.run} is finished; a rerun needs a name of its own, or a new attempt: run.resume(epoch)"
        contact.held.fault = RunFinished(detail, frontier=facts["frontier"])
    return contact, facts


def body(schedule: Mapping[str, Any] | Schedule | None, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the run is created with; None where it must be there.

    Raises:
        InvalidRequest: there are settings, but no schedule.
    """
    if schedule is None:
        if settings:
            raise InvalidRequest(f"{', '.join(settings)} are for a run that is created: give its schedule, too")
        return None
    return {"schedule": plain(schedule), **settings}


def plain(schedule: Mapping[str, Any] | Schedule) -> Mapping[str, Any]:
    """A schedule as JSON has it."""
    return schedule if isinstance(schedule, Mapping) else schedule.plain()


def _asked(transport: Transport, wish: Wish, terms: Terms, *, is_patient: bool) -> dict[str, Any]:
    asked = call.show(wish.run) if wish.settings is None else call.create(wish.run, wish.settings)
    if not is_patient:
        return dict(transport.ask(asked, Patience(deadline_seconds=_OFFLINE_SECONDS)).body)
    try:
        return dict(transport.ask(asked, Patience(deadline_seconds=min(_QUIET_SECONDS, terms.outage_seconds))).body)
    except Unavailable as error:
        if terms.outage_seconds <= _QUIET_SECONDS:
            raise
        _log.warning("%s can't be joined yet: %s It is tried for %g s.", wish.run, error, terms.outage_seconds)
    return dict(transport.ask(asked, Patience(deadline_seconds=terms.outage_seconds)).body)


def _taken(run: str, error: RunExistsDiffers) -> RunExistsDiffers:
    """The same refusal, with both ways out as a training takes them."""
    detail = (
        f"{error.detail}: give this one a name of its own, or train on under {run} in a new attempt: "
        f"run = Run.join(url, {run!r}), without a schedule, and run.resume(epoch)"
    )
    taken = RunExistsDiffers(detail, faults=error.faults)
    taken.extra = error.extra
    return taken


def _offline(
    transport: Transport, wish: Wish, terms: Terms, shelf: Shelf | None, kept: Grant, error: Unavailable
) -> Contact:
    lookahead = kept.stop - kept.start - 1 if wish.lookahead is None else wish.lookahead
    contact = Contact(transport, Identity(wish.run, wish.worker, lookahead), kept.attempt, terms, shelf)
    contact.held.take(kept, None)
    contact.held.trouble = error
    return contact
