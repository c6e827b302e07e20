"""Answers that are made while they are sent."""

import asyncio
from collections.abc import Iterator

from starlette.responses import Response

from setpoint.api.asgi import Headers, Receive, Scope, Send


class Stream(Response):
    """Sends chunks as they are made, lets others in between them, and stops when nobody listens any more.

    The first chunk is made when this is constructed: what can't be answered is still an error then.
    """

    def __init__(self, chunks: Iterator[bytes], headers: Headers) -> None:
        self.status_code = 200
        self.raw_headers = headers
        self.background = None
        self._chunks = chunks
        self._first = next(chunks, b"")
        self._second = next(chunks, None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._second is None:
            self.raw_headers.append((b"content-length", str(len(self._first)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._first, "more_body": self._second is not None})
        if self._second is not None:
            await self._rest(self._second, receive, send)

    async def _rest(self, chunk: bytes | None, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            while chunk is not None and not gone.done():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await asyncio.sleep(0)  # a server that keeps up never waits in `send`, so nobody else would be served
                chunk = next(self._chunks, None)
            if chunk is None:
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()


def is_disconnected(receive: Receive) -> bool:
    """Whether nobody listens any more, as far as is known by now: a look that doesn't wait."""
    asked = receive()
    step = asked.__await__()
    try:
        next(step)
    except StopIteration as received:
        return bool(received.value["type"] == "http.disconnect")
    finally:
        step.close()
    return False


async def disconnected(receive: Receive) -> None:
    """Returns when nobody listens any more."""
    while (await receive())["type"] != "http.disconnect":
        pass
