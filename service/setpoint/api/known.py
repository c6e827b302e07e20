"""Answers that the door gives itself: the same bytes as the documented route's, without the way there."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from pydantic import ValidationError

from setpoint.api.asgi import Scope
from setpoint.api.guard import Seen
from setpoint.api.replies import Reply
from setpoint.errors import SetpointError

Lookup: TypeAlias = Callable[[Scope], Reply | None]
"""The answer to a plain GET, the same bytes as the documented route's; None leaves it to that route."""


class Known(NamedTuple):
    """Where a lookup is asked: at addresses that begin with `prefix`. `route` is the route it stands for."""

    prefix: str
    route: str
    lookup: Lookup


_HARMLESS = frozenset({b"host", b"accept", b"authorization", b"cookie", b"origin", b"x-request-id"})
_ANY = frozenset({b"*/*", b"application/json", b"application/json, */*"})


def is_plain(seen: Seen) -> bool:
    """Whether nothing but the address decides on the answer: no condition, no body, and JSON is welcome."""
    if len(seen) == 1 + (b"authorization" in seen):  # and the Host, which is always there
        return True
    return seen.keys() <= _HARMLESS and seen.get(b"accept", b"*/*") in _ANY


class Answers:
    """The answers at one address, by exact query string: made once, and a bounded number of them remembered.

    `make` gives the answer to a query string, or raises what is wrong with it; that is left to the route to tell.
    """

    def __init__(self, path: str, make: Callable[[bytes], Reply], most: int = 4096, longest: int = 512) -> None:
        self._path = path
        self._make = make
        self._most = most
        self._longest = longest
        self._replies: dict[bytes, Reply] = {}

    def lookup(self, scope: Scope) -> Reply | None:
        if scope["path"] != self._path:
            return None
        query: bytes = scope["query_string"]
        return self._replies.get(query) or self._made(query)

    def _made(self, query: bytes) -> Reply | None:
        try:
            reply = self._make(query)
        except (SetpointError, ValidationError):
            return None
        if len(query) <= self._longest:
            if len(self._replies) >= self._most:
                del self._replies[next(iter(self._replies))]  # the oldest
            self._replies[query] = reply
        return reply
