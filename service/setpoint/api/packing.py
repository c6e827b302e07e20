"""Answers made smaller for who can unpack them: text that is long enough to gain by it, and whole in a moment.

What goes on for longer, such as a curve of a million epochs, is sent as it is made; so is what is no text, or events.
"""

import re
import zlib
from functools import lru_cache

from setpoint.api.asgi import Headers, Message, Scope, Send

LEAST = 512
"""A shorter answer gains next to nothing."""
MOST = 256 * 1024
"""A longer one would keep all others waiting while it is packed."""

_TEXTS = re.compile(rb"application/(?:json|x-ndjson)|image/svg\+xml|text/(?!event-stream)")
_GZIP = re.compile(rb"(?:^|[\s,])(?:gzip|\*)\s*(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))(?:[,;]|$)")
_QUICK, _SMALL = 3, 6
"""Levels: of what is packed for one reader, and of what is kept for the next."""


class Packing:
    """A `send` for one answer. It holds the answer's head back until it knows how much there is."""

    __slots__ = ("_packs", "_parts", "_send", "_size", "_start")

    def __init__(self, send: Send, *, packs: bool) -> None:
        self._send = send
        self._packs = packs
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._size = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is None:
            await self._send(message)
        else:
            await self._gather(self._start, message)

    async def _begin(self, start: Message) -> None:
        if not _is_worth_it(start):
            await self._send(start)
        elif self._packs:
            self._start = start
        else:
            await self._send(_varied(start))

    async def _gather(self, start: Message, message: Message) -> None:
        self._parts.append(message.get("body", b""))
        self._size += len(self._parts[-1])
        more: bool = message.get("more_body", False)
        if more and self._size <= MOST:
            return
        body = b"".join(self._parts)
        self._start = None
        if more or not LEAST <= self._size <= MOST:
            await self._send(_varied(start))
        else:
            body = _kept(body) if _is_kept(start["headers"]) else _packed(body, _QUICK)
            await self._send(_said_packed(start, len(body)))
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


def unpacks(scope: Scope) -> bool:
    """Whether who asks can unpack an answer."""
    return any(name == b"accept-encoding" and _GZIP.search(value) for name, value in scope["headers"])


def _is_worth_it(start: Message) -> bool:
    """Whether it may be packed: an answer in text, not packed yet, neither short nor long as far as it says."""
    said = dict(start["headers"])
    if start["status"] != 200 or b"content-encoding" in said or not _TEXTS.match(said.get(b"content-type", b"")):
        return False
    return LEAST <= int(said.get(b"content-length", LEAST)) <= MOST


def _is_kept(headers: Headers) -> bool:
    """Whether a cache may keep it: then others will ask for the same, and its ETag stands for its very bytes."""
    return any(name == b"cache-control" and value.startswith(b"public") for name, value in headers)


def _varied(start: Message) -> Message:
    """With it said that others are answered in other bytes."""
    vary = next((value for name, value in start["headers"] if name == b"vary"), None)
    others = [header for header in start["headers"] if header[0] != b"vary"]
    both = b"accept-encoding" if vary is None else vary + b", accept-encoding"
    return {**start, "headers": [*others, (b"vary", both)]}


def _said_packed(start: Message, length: int) -> Message:
    varied = _varied(start)
    kept = [header for header in varied["headers"] if header[0] != b"content-length"]
    if _is_kept(kept):
        # The same in other bytes is what a weak tag says. A plan's tag stands for the plan, whatever bytes tell of it.
        kept = [(name, b"W/" + value if name == b"etag" else value) for name, value in kept]
    packed = [(b"content-encoding", b"gzip"), (b"content-length", str(length).encode())]
    return {**varied, "headers": [*kept, *packed]}


@lru_cache(maxsize=16)
def _kept(body: bytes) -> bytes:
    """Packed once for all who ask for it."""
    return _packed(body, _SMALL)


def _packed(body: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, wbits=31)
    return packer.compress(body) + packer.flush()
