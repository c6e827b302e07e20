"""What happens to runs, followed for as long as it takes: over lost connections and restarts, without gap or duplicate.

Where there is a gap all the same it is told: by a `reset`.
"""

import json
import time
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from setpoint.client import sse
from setpoint.client.call import Call
from setpoint.client.retry import Patience, drawn
from setpoint.client.transport import Transport
from setpoint.errors import Unavailable

if TYPE_CHECKING:  # a program without asyncio does without it here, too
    from setpoint.client.atransport import AsyncTransport

RESET, BYE = "reset", "bye"
ENDLESS = Patience(deadline_seconds=float("inf"), first_seconds=0.5, most_seconds=15.0)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to `run`. `kind` "reset": what came before it was not told; look afresh."""

    kind: str
    run: str = ""
    id: str | None = None
    data: dict[str, Any] = field(default_factory=dict[str, Any])


class Following:
    """Where a reader of a stream is, whatever connection it reads from. Its first word is a `reset`, unless `after`."""

    def __init__(self, call: Call[Any], after: str | None = None) -> None:
        self._call = call
        self._last = after
        self._is_reset = after is None
        self._parser = sse.Parser()
        self._tries = 0

    def call(self) -> Call[Any]:
        """What to open the next connection with."""
        self._parser = sse.Parser()
        if self._last is None:
            return self._call
        return replace(self._call, headers={**self._call.headers, "Last-Event-ID": self._last})

    def opened(self) -> list[Event]:
        """Told once the service listens: whoever looks afresh now misses nothing of what is told from here on."""
        said = [Event(RESET)] if self._is_reset else []
        self._is_reset = False
        return said

    def read(self, chunk: bytes) -> tuple[list[Event], bool]:
        """The events in `chunk`, and whether the connection has told all that it will."""
        told: list[Event] = []
        self._tries = 0
        for message in self._parser.feed(chunk):
            if message.event in (RESET, BYE):
                self._left(message.event)
                return told, True
            if message.id != self._last or message.id is None:
                told.append(_event(message))
                self._last = message.id
        return told, False

    def pause(self, draw: float) -> float:
        """How long to wait before the next connection."""
        least = self._parser.retry_seconds or 0.0
        seconds = ENDLESS.pause(self._tries, 0.0, least if self._tries == 0 else 0.0, lambda: draw)
        self._tries += 1
        assert seconds is not None, "there is no deadline"
        return seconds

    def _left(self, word: str) -> None:
        if word == RESET:
            self._last, self._is_reset = None, True


def _event(message: sse.Message) -> Event:
    told = json.loads(message.data)
    return Event(message.event, str(told.get("run", "")), message.id, told)


def follow(
    transport: Transport,
    call: Call[Any],
    *,
    after: str | None = None,
    lost: Callable[[Unavailable], object] = lambda _: None,
    sleep: Callable[[float], object] = time.sleep,
) -> Generator[Event]:
    """What `call` (of `call.events`) tells, until `transport` is closed; `lost` hears of each connection that failed.

    Raises:
        SetpointError: the service refuses, for good.
    """
    following = Following(call, after)
    while not transport.is_closed:
        try:
            yield from _told(transport, following)
        except Unavailable as error:
            if transport.is_closed:
                return
            lost(error)
        sleep(following.pause(drawn()))


def _told(transport: Transport, following: Following) -> Generator[Event]:
    """What one connection tells."""
    with transport.stream(following.call()) as chunks:
        yield from following.opened()
        for chunk in chunks:
            told, is_over = following.read(chunk)
            yield from told
            if is_over:
                return


async def afollow(
    transport: "AsyncTransport",
    call: Call[Any],
    *,
    after: str | None = None,
    lost: Callable[[Unavailable], object] = lambda _: None,
) -> AsyncGenerator[Event]:
    """The same from asyncio."""
    import asyncio

    following = Following(call, after)
    while True:
        try:
            async with transport.stream(following.call()) as chunks:
                for event in following.opened():
                    yield event
                async for chunk in chunks:
                    told, is_over = following.read(chunk)
                    for event in told:
                        yield event
                    if is_over:
                        break
        except Unavailable as error:
            lost(error)
        await asyncio.sleep(following.pause(drawn()))
