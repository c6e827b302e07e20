"""Answers that were given before, ready to be given again without the documented route."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from setpoint.api.asgi import Scope
from setpoint.api.guard import Seen
from setpoint.api.replies import Reply

Lookup: TypeAlias = Callable[[Scope], Reply | None]
"""The answer to a plain GET, the same bytes as the documented route's; None leaves it to that route."""


class Known(NamedTuple):
    """Where a lookup is asked: at addresses that begin with `prefix`. `route` is the route it stands for."""

    prefix: str
    route: str
    lookup: Lookup


_HARMLESS = frozenset({b"host", b"accept", b"authorization", b"origin"})
_ANY = frozenset({b"*/*", b"application/json", b"application/json, */*"})


def is_plain(seen: Seen) -> bool:
    """Whether nothing but the address decides on the answer: no condition, no body, and JSON is welcome."""
    return seen.keys() <= _HARMLESS and seen.get(b"accept", b"*/*") in _ANY


class Answers:
    """A bounded memory of replies at one address, by exact query string. The oldest goes first."""

    def __init__(self, path: str, most: int = 4096, longest: int = 512) -> None:
        self._path = path
        self._most = most
        self._longest = longest
        self._replies: dict[bytes, Reply] = {}

    def __len__(self) -> int:
        return len(self._replies)

    def lookup(self, scope: Scope) -> Reply | None:
        return self._replies.get(scope["query_string"]) if scope["path"] == self._path else None

    def remember(self, query_string: bytes, reply: Reply) -> None:
        if len(query_string) > self._longest:
            return
        if len(self._replies) >= self._most:
            del self._replies[next(iter(self._replies))]
        self._replies[query_string] = reply
