"""A primary and its standby, of which the one is killed and the other takes over, again and again."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from tests.postgres.server import Server

_SETTINGS = {"dynamic_shared_memory_type": "mmap", "wal_receiver_status_interval": "1s"}
"""What a server that is killed leaves lies in its folder, and goes with that."""
_SYNCHRONOUS = {"synchronous_standby_names": "*"}
_SECONDS = 60.0


class Pair:
    """Two servers. `synchronous`: nothing is acknowledged that only one of them has."""

    def __init__(self, *, synchronous: bool) -> None:
        self.primary, self.standby = Server.made(), Server.made(copied=True)
        self._settings = {**_SETTINGS, **(_SYNCHRONOUS if synchronous else {})}
        self._synchronous = synchronous

    @property
    def url(self) -> str:
        """Both of them, in the order in which nothing is to be hoped for: the one that is down may be the first."""
        ports = sorted((self.primary.port, self.standby.port))
        return f"postgresql://postgres@127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}/postgres"

    async def begin(self, through: int | None = None) -> None:
        """Start both; the standby hears of the primary `through` that port, where there is one."""
        await asyncio.to_thread(self.primary.start, **self._settings)
        await self.follow(through)

    async def follow(self, through: int | None = None) -> None:
        """Make the standby anew, of what the primary has, and wait until it follows."""
        await asyncio.to_thread(self._copied, through)
        await until(self._follows)

    def _copied(self, through: int | None) -> None:
        self.standby.emptied()
        self.standby.copy(self.primary)
        told = {} if through is None else {"primary_conninfo": f"host=127.0.0.1 port={through} user=postgres"}
        self.standby.start(**self._settings, **told)

    async def _follows(self) -> bool:
        state = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"
        return await asked(self.primary, state) == ("sync" if self._synchronous else "async")

    async def fail_over(self) -> None:
        """The primary is killed in the midst of it all, and the standby takes over."""
        process = self.primary.process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        self.primary.process = None
        await asked(self.standby, "SELECT pg_promote()")
        self.primary, self.standby = self.standby, self.primary

    def end(self) -> None:
        for each in (self.primary, self.standby):
            each.removed()


@asynccontextmanager
async def pair(*, synchronous: bool) -> AsyncGenerator[Pair]:
    """A pair, not begun yet."""
    found = await asyncio.to_thread(lambda: Pair(synchronous=synchronous))
    try:
        yield found
    finally:
        await asyncio.to_thread(found.end)


async def asked(server: Server, query: str) -> object:
    """The one value that the query finds."""
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for it.

    Raises:
        TimeoutError: it does not come.
    """
    async with asyncio.timeout(_SECONDS):
        while not await true():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.02)
