"""However a stream of requests comes in pieces: it is answered as if each had been parsed and asked for by itself."""

import asyncio
import re
from asyncio import Transport
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.server import ServerState

from setpoint.api.app import build
from setpoint.api.asgi import ASGI, Receive, Scope, Send
from setpoint.server.on_httptools import OnHttptools
from setpoint.settings import Settings
from tests.api.service import FLAT

KNOWN = f"GET /v1/lr?{FLAT}&epoch=7 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
OTHER = KNOWN.replace(b"epoch=7", b"epoch=12")
BODY = b'{"schedule":{"kind":"constant","initial_lr":0.5},"epoch":3}'
POSTED = (
    b"POST /v1/lr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
    % (len(BODY), BODY)
)
CHUNKED = (
    b"POST /v1/lr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
)
REQUESTS = [
    KNOWN,
    OTHER,
    POSTED,
    CHUNKED,
    KNOWN.replace(b"GET", b"HEAD"),
    KNOWN.replace(b"\r\n\r\n", b"\r\nX-Request-Id: a\r\n\r\n"),
    KNOWN.replace(b"localhost", b"evil.example"),
    b"\r\n" + KNOWN,
    # Within these the bytes of a known request are none.
    POSTED.replace(BODY, KNOWN).replace(b"%d" % len(BODY), b"%d" % len(KNOWN)),
    b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Note: " + KNOWN,
    KNOWN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
]
NO_REQUESTS = [b"no http\r\n\r\n", KNOWN.replace(b"\r\n", b"\n")]


class Wire(Transport):
    """The server's end of a connection: what was written to it is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.readable = asyncio.Event()
        self.readable.set()

    def write(self, data: Any) -> None:
        self.written += b"" if self.closed else data

    def close(self) -> None:
        self.closed = True
        self.readable.set()

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.readable.clear()

    def resume_reading(self) -> None:
        self.readable.set()


class Connection:
    """One to a server with that application."""

    def __init__(self, app: ASGI, state: ServerState) -> None:
        config = Config(cast(Any, app), ws="none", lifespan="off", log_config=None, proxy_headers=False)
        config.load()
        self.wire = Wire()
        self.protocol = OnHttptools(config, state, {}, asyncio.get_running_loop())
        self.protocol.connection_made(self.wire)

    async def take(self, piece: bytes) -> None:
        await self.wire.readable.wait()
        if not self.wire.closed:
            self.protocol.data_received(piece)

    async def settled(self) -> None:
        while self.protocol.tasks:
            await asyncio.wait(self.protocol.tasks)

    async def end(self) -> bytes:
        """What was answered, once all is; requests that the service named are not told apart."""
        await self.settled()
        self.protocol.connection_lost(None)
        return re.sub(rb"x-request-id: \w+-\w+", b"x-request-id: made", self.wire.written)


def around(app: ASGI) -> ASGI:
    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    return called


async def answers(app: ASGI, connections: list[list[bytes]], *, in_a_hurry: bool = False) -> list[bytes]:
    """To the pieces of each connection, one connection after the other; in a hurry none waits for an answer."""
    state, found = ServerState(), list[bytes]()
    for pieces in connections:
        connection = Connection(app, state)
        for piece in pieces:
            if piece in NO_REQUESTS:  # uvicorn refuses such bytes before it has answered what came before them
                await connection.settled()
            await connection.take(piece)
            if not in_a_hurry:
                await asyncio.sleep(0)
        found.append(await connection.end())
    return found


@st.composite
def connections(draw: st.DrawFn) -> list[list[bytes]]:
    """Each a stream of requests, cut anywhere, but often between them."""
    found = list[list[bytes]]()
    for _ in range(draw(st.integers(1, 3))):
        asked = draw(st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=5))
        ends = [sum(map(len, asked[:i])) for i in range(1, len(asked))]
        stream = b"".join(asked)
        cuts = draw(st.sets(st.sampled_from(ends), max_size=4)) if ends else set[int]()
        cuts |= draw(st.sets(st.integers(1, len(stream) - 1), max_size=2))
        places = [0, *sorted(cuts), len(stream)]
        last = draw(st.lists(st.sampled_from(NO_REQUESTS), max_size=1))
        found.append([stream[a:b] for a, b in pairwise(places)] + last)
    return found


FRONT = build(Settings())


@example(given=[[KNOWN, POSTED[:-4], KNOWN]], in_a_hurry=True)
@example(given=[[KNOWN, b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Note: ", KNOWN]], in_a_hurry=True)
@example(given=[[KNOWN, KNOWN + b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Note: ", KNOWN]], in_a_hurry=True)
@example(given=[[KNOWN + KNOWN, KNOWN + KNOWN, KNOWN + OTHER]], in_a_hurry=True)
@example(given=[[POSTED + KNOWN, KNOWN, KNOWN]], in_a_hurry=True)
@example(given=[[KNOWN], [POSTED, KNOWN, KNOWN]], in_a_hurry=True)
@example(given=[[KNOWN], [POSTED[:9], POSTED[9:] + KNOWN], [POSTED[9:] + KNOWN]], in_a_hurry=False)
@given(given=connections(), in_a_hurry=st.booleans())
@settings(deadline=None, max_examples=300)
def test_the_bytes_are_those_of_a_server_that_reads_and_asks_each_time(
    given: list[list[bytes]], in_a_hurry: bool
) -> None:
    async def both() -> tuple[list[bytes], list[bytes]]:
        ours = await answers(FRONT, given, in_a_hurry=in_a_hurry)
        return ours, await answers(around(FRONT), given, in_a_hurry=in_a_hurry)

    ours, theirs = asyncio.run(both())

    assert ours == theirs


def test_bytes_that_came_before_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    front = build(Settings())

    async def asked() -> list[bytes]:
        first = await answers(front, [[KNOWN]])
        monkeypatch.setattr(OnHttptools, "on_message_begin", None)
        return first + await answers(front, [[KNOWN, KNOWN]])

    first, again = asyncio.run(asked())

    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert again == first + first


def test_bytes_whose_answer_is_known_no_more_are_looked_at_anew_but_once(monkeypatch: pytest.MonkeyPatch) -> None:
    front = build(Settings())
    looked = list[Scope]()

    def unknown(scope: Scope) -> None:
        looked.append(scope)

    async def asked() -> None:
        await answers(front, [[KNOWN]])
        monkeypatch.setattr(front, "at_once", unknown)
        await answers(front, [[KNOWN], [KNOWN], [KNOWN]])

    asyncio.run(asked())

    assert len(looked) == 1 + 3
