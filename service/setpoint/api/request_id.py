"""Names of requests, by which a line of the log is found again: what the client or a proxy sent, or one of ours.

One is made only where it is told to somebody, for most requests never need any.
"""

import re
import secrets
from itertools import count

from setpoint.api.asgi import Message, Scope

HEADER = b"x-request-id"
_KEPT = "setpoint.request_id"
_PROPER = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_PROCESS = secrets.token_hex(4)
_numbers = count(1)


def is_given(scope: Scope) -> bool:
    """Whether the request came with one."""
    return HEADER in scope.get("setpoint.seen", ())


def request_id(scope: Scope) -> str:
    """Its name: the same whenever it is asked for."""
    known: str | None = scope.get(_KEPT)
    if known is None:
        known = scope[_KEPT] = _given(scope) or f"{_PROCESS}-{next(_numbers):x}"
    return known


def _given(scope: Scope) -> str | None:
    sent = scope.get("setpoint.seen", {}).get(HEADER, b"")
    return sent.decode() if _PROPER.fullmatch(sent) else None


def named(scope: Scope, start: Message) -> Message:
    """The start of an answer, with the request's name in its headers."""
    return {**start, "headers": [*start["headers"], (HEADER, request_id(scope).encode())]}
