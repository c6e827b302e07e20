"""A few connections that read, made when they are needed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

import asyncpg

from setpoint.errors import Draining, SetpointError, Unavailable
from setpoint.journal.postgres.address import Address
from setpoint.journal.postgres.refusal import BROKEN, TURNED_OFF, unavailable

P = ParamSpec("P")
T = TypeVar("T")

CONNECTIONS = 4
"""One run's long history does not keep the others waiting."""
READ_SECONDS = 30.0


class Readers:
    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: list[asyncpg.Connection] = []
        self._room = asyncio.Semaphore(CONNECTIONS)
        self._closed = False

    async def run(
        self,
        read: Callable[Concatenate[asyncpg.Connection, P], Awaitable[T]],
        *arguments: P.args,
        **options: P.kwargs,
    ) -> T:
        """What `read` makes of a connection. Where the connection turns out to be broken, of another one.

        Raises:
            Unavailable: the database can't be read right now.
        """
        broken = 0
        try:
            while True:
                try:
                    return await self._once(read, *arguments, **options)
                except (*BROKEN, *TURNED_OFF):
                    broken += 1
                    if broken > CONNECTIONS:  # after a fail-over all that were idle are broken, and then one is new
                        raise
        except (*BROKEN, asyncpg.PostgresError) as error:
            raise unavailable(error) from error

    async def _once(
        self,
        read: Callable[Concatenate[asyncpg.Connection, P], Awaitable[T]],
        *arguments: P.args,
        **options: P.kwargs,
    ) -> T:
        async with self._room:
            if self._closed:
                raise Draining("the database is closed")
            connection = self._idle.pop() if self._idle else await self._address.connect()
            try:
                async with asyncio.timeout(READ_SECONDS):
                    found = await read(connection, *arguments, **options)
            except SetpointError:  # about what was read, which was read to the end
                self._idle.append(connection)
                raise
            except BaseException:
                connection.terminate()  # in whatever state it is
                raise
            self._idle.append(connection)
            return found

    async def close(self) -> None:
        """Those who read are not waited for: what they ask is lost to nobody."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            try:
                await connection.close(timeout=1.0)
            except (*BROKEN, asyncpg.PostgresError, Unavailable):
                connection.terminate()
