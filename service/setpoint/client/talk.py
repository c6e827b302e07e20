"""What a worker's thread does: it sends metrics, checks in, and keeps the plan at hand; it never ends a training."""

import contextlib
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from setpoint.client import call
from setpoint.client.outage import PLANNED_AHEAD, Planned, Schedule
from setpoint.client.retry import Patience
from setpoint.errors import NotBakeable, NotSealed, SetpointError, Unavailable

if TYPE_CHECKING:
    from setpoint.client.contact import Contact

_log = logging.getLogger("setpoint")

_ONE_TRY = Patience(deadline_seconds=10.0, try_seconds=10.0, tries=1)
_LEAVE = Patience(deadline_seconds=2.0, try_seconds=2.0, tries=1)


def live(contact: "Contact") -> None:
    """All of it, until the contact is closed."""
    while contact.is_awaited():
        try:
            _round(contact)
        except Unavailable as error:
            contact.missed(error)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the training goes on
            if contact.is_closing:
                return  # the connections were closed meanwhile
            _log.warning("the contact of %s failed", contact.identity.run, exc_info=True)
            contact.missed(Unavailable(f"{type(fault).__name__}: {fault}"))
        else:
            contact.well()
    _leave(contact)


def _round(contact: "Contact") -> None:
    """The metrics first, for a learning rate may wait for them; but none before the check-in that seals its epoch."""
    _send_metrics(contact, keep=NotSealed)
    _check_in(contact)
    _send_metrics(contact)


def _check_in(contact: "Contact") -> None:
    report = contact.next_report()
    if report is None:
        return
    identity = contact.identity
    try:
        asked = call.check_in(identity.run, identity.worker, report.body, report.wait_seconds)
        answer = contact.transport.ask(asked, _ONE_TRY).body
    except Unavailable:
        raise
    except SetpointError as refusal:
        contact.refused(refusal, report.wanted)
        return
    contact.granted(answer, report)
    if contact.terms.on_outage == "plan":
        _plan_ahead(contact, answer["plan_version"])
    if contact.hears_of_changes and contact.held.changes_version != answer["plan_version"]:
        _hear_of_changes(contact, answer["plan_version"])


def _send_metrics(contact: "Contact", keep: type[SetpointError] | tuple[()] = ()) -> None:
    """All of them, or as far as one that is refused so that it may be taken later."""
    identity = contact.identity
    while (metric := contact.next_metric()) is not None:
        try:
            contact.transport.ask(call.report(identity.run, identity.worker, metric.epoch, metric.body), _ONE_TRY)
        except Unavailable:
            raise
        except keep:
            return
        except SetpointError as refusal:
            _log.warning("the metric of epoch %d of %s was refused: %s", metric.epoch, identity.run, refusal)
        contact.had(metric)


def _plan_ahead(contact: "Contact", version: int) -> None:
    """Have the plan at hand for when the service is not."""
    grant = contact.held.grant
    if grant is None or contact.held.is_planned_beyond(grant.stop + PLANNED_AHEAD // 2, version):
        return
    stop = grant.stop + PLANNED_AHEAD
    asked = call.curve(contact.identity.run, attempt=grant.attempt, start=grant.stop, stop=stop)
    try:
        curve = contact.transport.ask(asked, _ONE_TRY).body
        contact.held.planned = Planned.of(curve, _planned(contact) if grant.hyperparameters else {})
    except SetpointError as error:
        _log.warning("the plan of %s can't be kept at hand: %s", contact.identity.run, error)


def _planned(contact: "Contact") -> Mapping[str, Schedule]:
    """The hyperparameters to come, which no curve has; none where they are too much for one schedule each."""
    from setpoint.schedules.kinds import parse

    try:
        baked = contact.transport.ask(call.baked(contact.identity.run), _ONE_TRY).body
    except NotBakeable:
        return {}
    return {name: parse(schedule) for name, schedule in baked["hyperparameters"].items()}


def _hear_of_changes(contact: "Contact", version: int) -> None:
    """Know the audit log, for who logs it in turn."""
    try:
        changes = contact.transport.ask(call.log(contact.identity.run), _ONE_TRY).body["changes"]
    except SetpointError as error:
        _log.warning("the changes of %s can't be looked up: %s", contact.identity.run, error)
    else:
        contact.held.changes, contact.held.changes_version = changes, version


def _leave(contact: "Contact") -> None:
    """Tell that this worker is gone, where that was heard of it that it was there."""
    if contact.held.trouble is None and contact.held.grant is not None:
        with contextlib.suppress(SetpointError):  # it will be missed soon enough
            contact.transport.ask(call.leave(contact.identity.run, contact.identity.worker), _LEAVE)
