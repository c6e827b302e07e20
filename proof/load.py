"""Check-ins at a rate that does not depend on how fast they are answered, and how long each took.

Closed loops flatter: a service that stalls is asked less. Here each request is due at its own time, and its latency
counts from then on.
"""

import asyncio
import json
import re
from asyncio import Future, Protocol, Transport
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

MOST = 500
"""Requests under way: what is due while the service stalls waits for a connection, as so many workers would."""
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")


class Connection(Protocol):
    """One connection to the service, with one request under way at most."""

    def __init__(self) -> None:
        self._transport: Transport | None = None
        self._received = b""
        self._answer: Future[bytes] | None = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(Transport, transport)

    def ask(self, request: bytes) -> Future[bytes]:
        """The head and the body of the answer."""
        assert self._transport is not None
        answer = self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and length and len(body) >= int(length[1]) and self._answer is not None:
            answer, self._answer, whole, self._received = self._answer, None, self._received, b""
            if not answer.done():
                answer.set_result(whole)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def request(method: str, path: str, body: object, **headers: str) -> bytes:
    content = json.dumps(body, separators=(",", ":"))
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{named}"
    return f"{head}Content-Length: {len(content)}\r\n\r\n{content}".encode()


@dataclass(slots=True)
class Load:
    """`rate` requests a second to the service at `port`: the next is what `make` says."""

    port: int
    rate: float
    make: Callable[[], bytes]
    seconds: list[float] = field(default_factory=list[float])
    """How long each took, from when it was due."""
    codes: Counter[str] = field(default_factory=Counter[str])
    spins: bool = False
    """Whether to wait for a request's time without sleep: exact, for a core of its own."""
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST))
    _idle: list[Connection] = field(default_factory=list[Connection])
    _open: list[Connection] = field(default_factory=list[Connection])

    async def drive(self, seconds: float) -> None:
        """Ask for so long; done when all is answered."""
        began = perf_counter()
        under_way = set[asyncio.Task[None]]()
        for number in range(round(seconds * self.rate)):
            due = began + number / self.rate
            await self._until(due)
            task = asyncio.create_task(self._one(due, self.make()))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)

    async def prepare(self, requests: Iterable[bytes]) -> None:
        """Ask these first, one after the other; they do not count."""
        connection = await self._connected()
        for each in requests:
            answer = await connection.ask(each)
            assert answer.startswith(b"HTTP/1.1 2"), answer
        self._idle.append(connection)

    async def _until(self, due: float) -> None:
        left = due - perf_counter()
        if not self.spins and left > 0:
            await asyncio.sleep(left)
        while perf_counter() < due:  # noqa: ASYNC110 - no timer is as exact
            await asyncio.sleep(0)

    async def _one(self, due: float, asked: bytes) -> None:
        async with self._room:
            connection = await self._free()
            try:
                answer = await connection.ask(asked)
            except ConnectionError:
                self.codes["broken"] += 1
                return
            self._idle.append(connection)
        self.seconds.append(perf_counter() - due)
        self.codes[answer[9:12].decode()] += 1

    async def _free(self) -> Connection:
        """One that is open: the service hangs up on those that were not needed for long."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_lost:
                return connection
        return await self._connected()

    async def _connected(self) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self.port)
        self._open.append(connection)
        return connection

    @property
    def connections(self) -> int:
        """How many were opened."""
        return len(self._open)

    @property
    def errors(self) -> int:
        return sum(count for code, count in self.codes.items() if not code.startswith("2"))

    def quantile(self, part: float) -> float:
        """What so large a part of the requests took at most, in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(part * len(ordered)), len(ordered) - 1)]

    def close(self) -> None:
        for connection in self._open:
            connection.close()
