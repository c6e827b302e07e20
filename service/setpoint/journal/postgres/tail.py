"""Runs that were written to, by whichever process: told by the database, and looked for now and then all the same."""

import asyncio
from asyncio import Queue
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import asyncpg

from setpoint.coordination.ports import Moved, Renewed
from setpoint.errors import Unavailable
from setpoint.journal.postgres import reader
from setpoint.journal.postgres.address import Address
from setpoint.journal.postgres.batch import CHANNEL
from setpoint.journal.postgres.reader import Place
from setpoint.journal.postgres.readers import Readers
from setpoint.journal.postgres.refusal import BROKEN

POLL_SECONDS = 1.0
"""How late a write is told of where notifications do not come: a pooler between, a connection that broke."""
PAGE = 10_000


class Tail:
    """One stream of `Moved`. `looked` is awaited at each poll, for what else is to be looked after."""

    def __init__(
        self,
        address: Address,
        readers: Readers,
        looked: Callable[[], Awaitable[None]],
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._address = address
        self._readers = readers
        self._looked = looked
        self._poll_seconds = poll_seconds
        self._moved: Queue[Moved | Renewed | None] = Queue()
        self._listener: asyncpg.Connection | None = None
        self._at: Place | None = None
        self._lives = 0

    def renewed(self) -> None:
        """The store is in another life: what comes next is looked for from its beginning."""
        self._lives += 1
        self._at = None
        self._moved.put_nowait(Renewed())

    def end(self) -> None:
        self._moved.put_nowait(None)

    async def changes(self) -> AsyncIterator[Moved | Renewed]:
        polling = asyncio.create_task(self._poll())
        try:
            while (moved := await self._moved.get()) is not None:
                yield moved
        finally:
            polling.cancel()
            with suppress(asyncio.CancelledError):
                await polling
            if self._listener is not None:
                self._listener.terminate()

    async def _poll(self) -> None:
        """Listen, and look from the place where the last look ended: what is told twice is known already."""
        while True:
            with suppress(Unavailable, asyncpg.PostgresError, *BROKEN):  # it will be there again, and nothing is missed
                await self._listen()
                await self._look()
                await self._looked()
            await asyncio.sleep(self._poll_seconds)

    async def _listen(self) -> None:
        if self._listener is None or self._listener.is_closed():
            connection = await self._address.connect()
            await connection.add_listener(CHANNEL, self._told)
            self._listener = connection

    async def _look(self) -> None:
        life = self._lives
        at = await self._readers.run(reader.latest) if self._at is None else self._at
        going_on = True
        while going_on and life == self._lives:
            self._at = at
            found, at = await self._readers.run(reader.moved, at, PAGE)
            for each in found:
                self._moved.put_nowait(each)
            going_on = bool(found)

    def _told(self, connection: object, process: int, channel: str, payload: object) -> None:
        for line in str(payload).split("\n"):
            version, _, run = line.partition(" ")
            if version.isdigit():
                self._moved.put_nowait(Moved(run, int(version)))
