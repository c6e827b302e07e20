"""The connection that writes: made when there is none, and not used before the server behind it is recognised."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

import asyncpg

from setpoint.errors import Unavailable
from setpoint.journal.postgres.address import Address
from setpoint.journal.postgres.identity import FAILOVER, Identity, recognised, server, told
from setpoint.journal.postgres.refusal import BROKEN, unavailable

T = TypeVar("T")

ANSWER_SECONDS = 10.0
"""How long a transaction may take, its wait for standbys included. After that its outcome is not known."""


class Line:
    """What the writer holds.

    suspect: what was committed last may not be on the standbys, though it can be seen. stale: the server has to be
    looked at anew. requires_sync: nothing counts as committed that did not wait for a standby.
    """

    def __init__(
        self,
        address: Address,
        identity: Identity,
        answer_seconds: float = ANSWER_SECONDS,
        *,
        requires_sync: bool = False,
    ) -> None:
        self.identity = identity
        self.suspect = True
        self.stale = False
        self._requires_sync = requires_sync
        self._address = address
        self._answer_seconds = answer_seconds
        self._connection: asyncpg.Connection | None = None
        self._warnings: list[str] = []

    @property
    def pooled(self) -> bool:
        """Whether only a transaction keeps one connection."""
        return self._address.statements == 0

    async def ready(self) -> asyncpg.Connection:
        """The connection, and `identity` is what the server behind it said.

        Raises:
            Unavailable: there is no primary to be reached.
        """
        if self.stale:
            self.drop()
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await self._made()
            except (*BROKEN, asyncpg.PostgresError) as error:
                raise unavailable(error) from error
        return self._connection

    async def _made(self) -> asyncpg.Connection:
        connection = await self._address.connect()
        try:
            connection.add_log_listener(self._logged)
            self.identity = self._newest(await self.within(connection, recognised(connection, self.identity)))
        except BaseException:
            connection.terminate()
            raise
        self.stale = False
        # What a server that crashed had committed is seen on it again, on the standbys or not.
        self.suspect = True
        return connection

    def _newest(self, found: Identity) -> Identity:
        """What was found, unless this process has seen what came after it.

        Raises:
            Unavailable: it has.
        """
        if found.server.precedes(self.identity.server):
            raise found.server.superseded()
        return found

    async def within(self, connection: asyncpg.Connection, work: Coroutine[Any, Any, T]) -> T:
        """What `work` on the connection comes to.

        A time that is over ends the connection and not the statement: to cancel a commit that waits for standbys
        would let everybody see what they do not have.

        Raises:
            Unavailable: it took too long.
        """
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait((task,), timeout=self._answer_seconds)
        finally:
            if not task.done():
                connection.terminate()
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if task.cancelled():
            raise Unavailable(f"the database did not answer within {self._answer_seconds:g} s")
        return task.result()

    async def commit(self, last: Awaitable[T]) -> T:
        """What `last` comes to, which ends the transaction, durably.

        Raises:
            Unavailable: the server warned, or does not wait for standbys any more: it is committed there, and maybe on
                no standby.
        """
        self._warnings.clear()
        found = await last
        await asyncio.sleep(0)  # warnings are told by a callback, which is due by now
        if self._warnings:
            self.suspect = True
            raise Unavailable(f"the database warned: {self._warnings[0]}")
        if self._requires_sync:
            await self._waited_for_standbys()
        self.suspect = False
        return found

    async def _waited_for_standbys(self) -> None:
        """Asked after the commit: settings that change while it waits are found by the next look at the server."""
        assert self._connection is not None
        now = await server(self._connection)
        if now.level != FAILOVER:
            self.suspect = True
            raise Unavailable(f"the database waits for no standby any more, as --require-sync asks: {told(now)}")

    def _logged(self, connection: object, message: asyncpg.PostgresLogMessage) -> None:
        if message.severity_en == "WARNING":
            self._warnings.append(str(message))

    def drop(self) -> None:
        """Make a new one next time."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def close(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close(timeout=self._answer_seconds)
