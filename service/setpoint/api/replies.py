"""What is answered, as bytes. Each answer has one writer here, whoever sends it."""

from functools import cached_property
from hashlib import blake2b
from typing import Any

import orjson
from starlette.responses import Response

from setpoint import __version__
from setpoint.api.asgi import Headers, Message, Receive, Scope, Send

JSON = "application/json"
TEXT = "text/plain"
CACHED = (b"cache-control", b"public, max-age=3600")
VARY = (b"vary", b"accept")
UNKEPT = (b"cache-control", b"no-store")
"""Of what may be another thing the next time."""
FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_SPACIOUS = 4096
"""Bytes that orjson takes for the shortest text, and keeps: a copy of what it wrote has its own size. Answers are kept
by the thousand."""


class Reply(Response):
    """A finished answer. It holds the two messages it consists of, and can be sent any number of times."""

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status_code = status
        self.body = body if len(body) > _SPACIOUS else memoryview(body).tobytes()
        self.raw_headers = headers
        self.background = None
        self.start: Message = {"type": "http.response.start", "status": status, "headers": headers}
        self.end: Message = {"type": "http.response.body", "body": self.body}

    @cached_property
    def spelled(self) -> bytes:
        """Its headers and body in HTTP/1.1, from behind the status line and what a server adds by itself."""
        return b"".join([*(b"%b: %b\r\n" % header for header in self.raw_headers), b"\r\n", self.body])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(self.start)
        await send(self.end)


def of(body: bytes, media_type: str = JSON, *, status: int = 200, headers: Headers | None = None) -> Reply:
    """`body`, with its type and length said."""
    said = [*typed(media_type), (b"content-length", str(len(body)).encode())]
    return Reply(status, said + (headers or []), body)


def typed(media_type: str) -> Headers:
    """The header that says it."""
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return [(b"content-type", (media_type + charset).encode())]


def json(content: Any, *, status: int = 200, headers: Headers | None = None) -> Reply:
    return of(dumps(content), status=status, headers=headers)


def dumps(content: Any) -> bytes:
    return orjson.dumps(content)


def lr(epoch: int, value: float, media_type: str = JSON) -> Reply:
    """The learning rate of one epoch, to keep: the only writer of `GET /v1/lr`."""
    if media_type == TEXT:
        return lasting(orjson.dumps(value) + b"\n", TEXT)
    return lasting(orjson.dumps({"epoch": epoch, "lr": value}), JSON)


def lasting(body: bytes, media_type: str = JSON) -> Reply:
    """`body` as an answer that caches may keep: always the same to the same question."""
    return of(body, media_type, headers=keepable(tag(body)))


def tag(*parts: bytes) -> str:
    """A strong ETag of what `parts` determine. It changes with the version, for a new one may write otherwise."""
    digest = blake2b(__version__.encode(), digest_size=12)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return f'"{digest.hexdigest()}"'


def keepable(etag: str) -> Headers:
    return [(b"etag", etag.encode()), CACHED, VARY]


def for_ever(body: bytes) -> Headers:
    """Of what never changes: `body` may be kept, and need not be asked for again."""
    return [(b"etag", tag(body).encode()), FOR_EVER]


_KEPT = frozenset({b"etag", b"cache-control", b"vary"})
"""What a 304 says again."""


def unless_had(reply: Reply, if_none_match: str | None) -> Reply:
    """`reply`, or 304 where its reader says that it has it already."""
    etag = next((value.decode() for name, value in reply.raw_headers if name == b"etag"), None)
    if etag is None or not has(if_none_match, etag):
        return reply
    return Reply(304, [header for header in reply.raw_headers if header[0] in _KEPT], b"")


def has(if_none_match: str | None, etag: str) -> bool:
    """Whether If-None-Match names the answer with `etag` (compared weakly, as for reading)."""
    if if_none_match is None:
        return False
    named = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in named or named == ["*"]


def not_modified(etag: str) -> Reply:
    return Reply(304, keepable(etag), b"")
