"""What is turned away unread: requests that are not proper, that are too large, or that another site's page sent."""

import asyncio
import re
from collections.abc import Iterable

from setpoint.api.asgi import Headers, Message, Receive, Scope
from setpoint.errors import (
    AddressTooLong,
    HeadersTooLarge,
    HostRefused,
    MalformedRequest,
    NotJson,
    OriginRefused,
    TooLarge,
    TooSlow,
)

MAX_BODY = 256 * 1024
MAX_HEADERS = 16 * 1024
MAX_HEADER_LINES = 64
MAX_ADDRESS = 16 * 1024
BODY_SECONDS = 10.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

_SINGLE = frozenset(
    {
        b"host",
        b"content-length",
        b"transfer-encoding",
        b"content-type",
        b"content-encoding",
        b"origin",
        b"authorization",
        b"cookie",
    }
)
_LISTED = frozenset(
    {b"accept", b"if-none-match", b"if-match", b"if-modified-since", b"if-unmodified-since", b"range", b"x-request-id"}
)
_WATCHED = _SINGLE | _LISTED
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_JSON = re.compile(rb'application/json(?:\s*;\s*charset="?utf-8"?)?\s*', re.IGNORECASE)
_REMEMBERED = 256

Seen = dict[bytes, bytes]
"""The headers that this house looks at, by name; what came in several lines is joined by commas."""


class Guard:
    """Admits a request, or raises what is wrong with it.

    `hosts` are the names (without ports) that the service goes by; None lets any name in, where something else keeps
    browsers out.
    """

    def __init__(self, hosts: Iterable[str] | None = LOOPBACK) -> None:
        self._hosts = None if hosts is None else frozenset(host.lower() for host in hosts)
        self._admitted: set[bytes] = set()

    def admit(self, scope: Scope) -> Seen:
        """The headers that matter.

        Raises:
            TurnedAway: the request is not to be looked into.
        """
        seen = _headers(scope["headers"])
        if len(scope["path"]) + len(scope["query_string"]) > MAX_ADDRESS:
            raise AddressTooLong(f"the address has more than {MAX_ADDRESS} bytes")
        if (host := seen.get(b"host")) not in self._admitted:
            self._check_host(host)
        if len(seen) > 1:
            _check_body(seen)
        if scope["method"] not in _READING:
            _check_write(seen)
        return seen

    def _check_host(self, header: bytes | None) -> None:
        if header is None:
            raise MalformedRequest("there is no Host header")
        found = _HOST.fullmatch(header.decode("latin-1").lower())
        if found is None:
            raise MalformedRequest("the Host header is not a name with an optional port")
        if self._hosts is not None and found[1] not in self._hosts:
            raise HostRefused(f"{found[1]!r} is not a name of this service")
        if len(self._admitted) < _REMEMBERED:
            self._admitted.add(header)


def _headers(lines: Headers) -> Seen:
    seen: Seen = {}
    size = 0
    for name, value in lines:
        size += len(name) + len(value)
        if name in _WATCHED:
            if name not in seen:
                seen[name] = value
            elif name in _LISTED:
                seen[name] += b", " + value
            else:
                raise MalformedRequest(f"the header {name.decode('latin-1')} is given twice")
    if size > MAX_HEADERS or len(lines) > MAX_HEADER_LINES:
        raise HeadersTooLarge(f"the headers have {len(lines)} lines of {size} bytes")
    return seen


def has_body(seen: Seen) -> bool:
    return seen.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in seen


def _check_body(seen: Seen) -> None:
    length = seen.get(b"content-length")
    if length is not None:
        if b"transfer-encoding" in seen:
            raise MalformedRequest("it has both Content-Length and Transfer-Encoding")
        if not length.isdigit():
            raise MalformedRequest("the Content-Length is not a number")
        if len(length) > 9 or int(length) > MAX_BODY:
            raise TooLarge(f"the body has {length.decode()[:20]} bytes")
    if b"content-encoding" in seen:
        raise NotJson("an encoded body is not read")


def _check_write(seen: Seen) -> None:
    origin = seen.get(b"origin")
    if origin is not None and origin.lower().partition(b"://")[2] != seen[b"host"].lower():
        raise OriginRefused(f"{origin.decode('latin-1')} is not this service")
    if has_body(seen) and not _JSON.fullmatch(seen.get(b"content-type", b"")):
        given = seen.get(b"content-type", b"nothing").decode("latin-1")
        raise NotJson(f"the Content-Type is {given[:80]}")


WHOLE = "setpoint.whole"
"""Is in the scope of a request whose body was there, and no larger than it may be, when it was first looked at."""


def limited(receive: Receive) -> Receive:
    """`receive` for a request with a body: counted while it streams in, and timed until it is complete."""
    deadline = asyncio.get_running_loop().time() + BODY_SECONDS
    size, complete = 0, False

    async def counted() -> Message:
        nonlocal size, complete
        if complete:
            return await receive()
        message = await _before(deadline, receive)
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise TooLarge(f"the body has more than {MAX_BODY} bytes")
        complete = not message.get("more_body", False)
        return message

    return counted


async def _before(deadline: float, receive: Receive) -> Message:
    try:
        async with asyncio.timeout_at(deadline):
            return await receive()
    except TimeoutError:
        raise TooSlow(f"the body was not complete after {BODY_SECONDS:.0f} seconds") from None
