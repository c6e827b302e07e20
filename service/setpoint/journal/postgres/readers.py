"""A few connections that read, made when they are needed: never of a server that another has taken over from."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

import asyncpg

from setpoint.errors import Draining, SetpointError, Unavailable
from setpoint.journal.postgres.address import Address
from setpoint.journal.postgres.identity import Server, server
from setpoint.journal.postgres.refusal import BROKEN, TURNED_OFF, unavailable

P = ParamSpec("P")
T = TypeVar("T")

CONNECTIONS = 4
"""One run's long history does not keep the others waiting."""
READ_SECONDS = 30.0


class Readers:
    """`known` is the server that is written to: what one before it goes on to show may be on no other."""

    def __init__(self, address: Address, known: Callable[[], Server]) -> None:
        self._address = address
        self._known = known
        self._idle: list[tuple[asyncpg.Connection, Server]] = []
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
            connection, where = await self._taken()
            try:
                async with asyncio.timeout(READ_SECONDS):
                    found = await read(connection, *arguments, **options)
            except SetpointError:  # about what was read, which was read to the end
                self._idle.append((connection, where))
                raise
            except BaseException:
                connection.terminate()  # in whatever state it is
                raise
            self._idle.append((connection, where))
            return found

    async def _taken(self) -> tuple[asyncpg.Connection, Server]:
        """One that is idle, or a new one, and the server that it is of.

        Raises:
            Unavailable: there is only a server that another has taken over from.
        """
        while self._idle:
            connection, found = self._idle.pop()
            if not found.precedes(self._known()):
                return connection, found
            connection.terminate()
        connection = await self._address.connect()
        try:
            async with asyncio.timeout(READ_SECONDS):
                found = await server(connection)
            if found.precedes(self._known()):
                raise found.superseded()
        except BaseException:
            connection.terminate()
            raise
        return connection, found

    async def close(self) -> None:
        """Those who read are not waited for: what they ask is lost to nobody."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            try:
                await connection.close(timeout=1.0)
            except (*BROKEN, asyncpg.PostgresError, Unavailable):
                connection.terminate()
