"""Every error Setpoint raises on purpose.

SetpointError
├── Refused                  the caller asked for what can't be; asking again won't help
│   ├── InvalidRequest       the request is not of the documented form
│   │   └── InvalidSchedule  a schedule that could not be served on every epoch
│   ├── NotFound
│   ├── NotConvertible       an import or export that would silently differ
│   └── Conflict             the request is well formed, but the run's state forbids it
└── Unavailable              nothing wrong with the request: ask again

A class has a `code` (the stable last part of a problem's `type`), a `title`, and `advice`: what to do about it. None
knows a transport: `api` gives each its status, `client` turns a code back into its class.
"""

from collections.abc import Iterable
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

    def __str__(self) -> str:
        where = "; ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in self.faults)
        return f"{self.detail} ({where})" if where else self.detail


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


class Unavailable(SetpointError):
    code = "unavailable"
    title = "The service can't answer right now"
    advice = "Send the same request again after a moment."
