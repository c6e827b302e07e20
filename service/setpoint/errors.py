"""Every error Setpoint raises on purpose.

SetpointError
├── Refused                  the caller asked for what can't be; asking again won't help
│   ├── InvalidRequest       the request is not of the documented form
│   │   └── InvalidSchedule  a schedule that could not be served on every epoch
│   ├── NotFound
│   ├── NotConvertible       an import or export that would silently differ
│   ├── Conflict             the request is well formed, but the run's state forbids it
│   └── TurnedAway           not looked into at all, for how it was sent
│       ├── InvalidJson, UnknownParameter, MalformedRequest, HostRefused, OriginRefused, MethodNotAllowed,
│       ├── NotAcceptable, TooSlow, TooLarge, AddressTooLong, NotJson, HeadersTooLarge,
│       └── Unauthorized, Forbidden, TooManyFailures
├── Unavailable              nothing wrong with the request: ask again
└── Unexpected               a fault of the service itself

A class has a `code` (the stable last part of a problem's `type`), a `title`, and `advice`: what to do about it. None
knows a transport: `api` gives each its status, `client` turns a code back into its class.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: a JSON Pointer into what was sent ("" is the whole of it)."""

    pointer: str
    detail: str


class SetpointError(Exception):
    """The base of all. `detail` says what happened this time; `extra` holds further facts, as plain JSON."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"
    advice: ClassVar[str] = ""

    def __init__(self, detail: str, *, faults: Iterable[Fault] = (), **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)
        self.extra = extra
        if self.advice and (self.faults or type(self) is not InvalidRequest):
            self.add_note(self.advice)  # a traceback ends with it

    def __str__(self) -> str:
        where = "; ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in self.faults)
        return f"{self.detail} ({where})" if where else self.detail


def kinds(base: type[SetpointError]) -> Iterator[type[SetpointError]]:
    """`base` and every class below it."""
    yield base
    for kind in base.__subclasses__():
        yield from kinds(kind)


class Refused(SetpointError):
    """The request can't be carried out as it stands."""


class InvalidRequest(Refused):
    code = "invalid-request"
    title = "The request is not valid"
    advice = "Correct the fields named in `errors`."


class InvalidSchedule(InvalidRequest):
    code = "invalid-schedule"
    title = "The schedule is not valid"
    advice = "Correct the fields named in `errors`; GET /v1/kinds lists every kind with its parameters."


class NotFound(Refused):
    code = "not-found"
    title = "There is no such thing"
    advice = "Check the address."


class NotConvertible(Refused):
    code = "not-convertible"
    title = "This can't be said there without changing its values"
    advice = 'Sample it where it runs and send the values as {"kind": "table", "values": [...]}.'


class Conflict(Refused):
    """The run's state forbids it."""


class RunExistsDiffers(Conflict):
    code = "run-exists-differs"
    title = "There is a run of this name, and it is another one"
    advice = "Choose a new name, or open a new attempt of that run: POST /v1/runs/{run}/attempts."


class StaleAttempt(Conflict):
    code = "stale-attempt"
    title = "This attempt was superseded"
    advice = "Start again from the new attempt's first epoch and send its number, or stop: this one counts no more."


class EpochTooFar(Conflict):
    code = "epoch-too-far"
    title = "This epoch lies too far ahead"
    advice = "Check in at the epoch the worker is at; ask ahead by `lookahead`."


class NotSealed(Conflict):
    code = "not-sealed"
    title = "This epoch has no sealed learning rate yet"
    advice = "Wait until a worker has checked in there, check in yourself, or seal it: PUT .../lr?epoch=N."


class AlreadySealed(Conflict):
    code = "already-sealed"
    title = "This epoch is sealed, and sealed epochs never change"
    advice = "Change what is not sealed yet, without `exact`, or roll back: open a new attempt."


class MetricAwaited(Conflict):
    code = "metric-awaited"
    title = "This epoch waits for the metrics before it"
    advice = "Report them and ask again, with `wait` to be answered as soon as they are in."


class MetricDiffers(Conflict):
    code = "metric-differs"
    title = "Another value was reported for this metric"
    advice = "The first report counts. Leave it, or open a new attempt."


class RunFinished(Conflict):
    code = "run-finished"
    title = "This run is finished"
    advice = "Its sealed epochs are still answered. To train on, open a new attempt: POST /v1/runs/{run}/attempts."


class RunArchived(Conflict):
    code = "run-archived"
    title = "This run is archived, and can only be read"
    advice = "Create a run of another name."


class HistoryDiverged(Conflict):
    code = "history-diverged"
    title = "The service does not know what this worker was granted"
    advice = "Its store was restored or lost writes. Stop all workers, go back to a checkpoint and open a new attempt."


class PlanChanged(Conflict):
    code = "plan-changed"
    title = "The plan is not the one this change was made for"
    advice = "Look at the plan again and send its new ETag as If-Match, or `*` to change it whatever it is."


class PreconditionRequired(Conflict):
    code = "precondition-required"
    title = "It is not said which plan this is meant for"
    advice = "Send If-Match with the ETag of GET /v1/runs/{run}/plan, or `*`."


class BeforeStart(InvalidRequest):
    code = "before-start"
    title = "The run did not exist at this epoch"
    advice = "Ask from `start_epoch` on."


class KeyReused(InvalidRequest):
    code = "key-reused"
    title = "This Idempotency-Key was used for another request"
    advice = "Use a new key for a new request; send the very same body when sending one again."


class OutOfBounds(InvalidRequest):
    code = "out-of-bounds"
    title = "This goes beyond the run's bounds"
    advice = "Choose another value, or another run: bounds are fixed when it is created."


class NotBakeable(InvalidRequest):
    code = "not-bakeable"
    title = "This run does not fit into one static schedule"
    advice = "Read its values from GET /v1/runs/{run}/curve."


class TokenExists(Conflict):
    code = "token-exists"
    title = "There is a token of this name"
    advice = "Choose another name, or revoke that token first: names say who did what."


class AuthOff(Conflict):
    code = "auth-off"
    title = "No token is asked for here"
    advice = "Tokens mean something once the service is started with --auth."


class Damaged(Conflict):
    code = "damaged"
    title = "What is stored of this run is damaged"
    advice = "Nothing of it is served or sealed. Restore a backup: `setpoint doctor` says more."


class TurnedAway(Refused):
    """How the request was sent stands in its way, whatever it asks for."""


class InvalidJson(TurnedAway):
    code = "invalid-json"
    title = "The body is not JSON"
    advice = "Send one JSON document in UTF-8; with curl: --json '{...}'."


class UnknownParameter(TurnedAway):
    code = "unknown-parameter"
    title = "A query parameter is unknown, given twice or unreadable"
    advice = "Correct or leave out the parameters named in `errors`."


class MalformedRequest(TurnedAway):
    code = "malformed-request"
    title = "The request is not proper HTTP"
    advice = "Use an ordinary HTTP client."


class HostRefused(TurnedAway):
    code = "host-refused"
    title = "The service is not known by this name"
    advice = "Use the address that the service printed when it started, such as http://127.0.0.1:8321."


class OriginRefused(TurnedAway):
    code = "origin-refused"
    title = "A page of another site asked for this"
    advice = "Send it from the service's own pages, or from a program: with a token, and without an Origin header."


class MethodNotAllowed(TurnedAway):
    code = "method-not-allowed"
    title = "This address does not take that method"
    advice = "Use one of the methods in `allow`."

    def __init__(self, detail: str, allow: Iterable[str] = ()) -> None:
        self.allow = tuple(allow)
        super().__init__(detail, allow=self.allow)


class NotAcceptable(TurnedAway):
    code = "not-acceptable"
    title = "There is no answer in that format"
    advice = "Accept one of the media types in `available`."


class TooSlow(TurnedAway):
    code = "too-slow"
    title = "The request took too long to arrive"
    advice = "Send all of it within 10 seconds."


class TooLarge(TurnedAway):
    code = "too-large"
    title = "The body is too large"
    advice = "Send at most 256 KiB."


class AddressTooLong(TurnedAway):
    code = "address-too-long"
    title = "The address is too long"
    advice = "Send the question as the body of a POST."


class NotJson(TurnedAway):
    code = "not-json"
    title = "The body is not sent as JSON"
    advice = "Say Content-Type: application/json, without Content-Encoding; with curl: --json instead of -d."


class HeadersTooLarge(TurnedAway):
    code = "headers-too-large"
    title = "The headers are too large"
    advice = "Send at most 64 header lines of 16 KiB altogether."


class Unauthorized(TurnedAway):
    code = "unauthorized"
    title = "This needs a token"
    advice = (
        "Send `Authorization: Bearer TOKEN`; the command and the client take it from SETPOINT_TOKEN. "
        "An admin makes one: setpoint token create NAME."
    )


class Forbidden(TurnedAway):
    code = "forbidden"
    title = "The token does not allow this"
    advice = "Ask an admin for a token of the scope that is named: setpoint token create NAME --scope SCOPE."


class TooManyFailures(TurnedAway):
    code = "too-many-failures"
    title = "Too many wrong tokens came from this address"
    advice = "Correct the token. Right ones are let in all the while."


class Unavailable(SetpointError):
    code = "unavailable"
    title = "The service can't answer right now"
    advice = "Send the same request again after a moment."


class StorageFull(Unavailable):
    code = "storage-full"
    title = "There is no room to write"
    advice = "Sealed epochs are still answered. Make room on the disk; nothing needs to be restarted."


class Busy(Unavailable):
    code = "busy"
    title = "There are too many requests at once"
    advice = "Send the same request again after a moment."


class TooManyStreams(Unavailable):
    code = "too-many-streams"
    title = "This token has too many streams open"
    advice = "Close some, or watch all runs with one: GET /v1/events."


class Draining(Unavailable):
    code = "draining"
    title = "The service is shutting down"
    advice = "Send the same request again: another process answers, or this one when it is back."


class Unexpected(SetpointError):
    code = "unexpected"
    title = "The service made a mistake"
    advice = "It is in the service's log. Tell those who run it."
