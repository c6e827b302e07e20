"""A database that is read as it stands, beside the services that use it or without them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from setpoint.journal.chain import Link, Row
from setpoint.journal.postgres import identity, reader, schema, tokens
from setpoint.journal.postgres.address import Address
from setpoint.journal.postgres.refusal import BROKEN, TURNED_OFF
from setpoint.journal.unusable import StoreUnusable
from setpoint.journal.upkeep import Flaw
from setpoint.runs.state import Run

_NAMES = """
SELECT name FROM setpoint.runs WHERE name > $1 UNION SELECT run FROM setpoint.events WHERE run > $1
ORDER BY 1 LIMIT 1000
"""


_LINKS = """
SELECT run, id, kind, at, actor, payload, chain FROM setpoint.events WHERE kind = ANY($1) ORDER BY xid, seq
"""
_TOKENS = "SELECT id, kind, at, actor, payload, chain FROM setpoint.token_events ORDER BY id"


class PostgresStore:
    """A store, open to be read."""

    def __init__(self, connection: asyncpg.Connection, incarnation: int) -> None:
        self._connection = connection
        self.incarnation = incarnation

    async def names(self) -> AsyncGenerator[str]:
        last = ""
        while found := await self._connection.fetch(_NAMES, last):
            for row in found:
                yield row[0]
            last = found[-1][0]

    async def load(self, name: str) -> Run | None:
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            run, _ = await reader.load(self._connection, name, None)
        return run

    async def token_links(self) -> Sequence[Link]:
        await tokens.read(self._connection, 0)
        return [_link(row) for row in await self._connection.fetch(_TOKENS)]

    async def links(self, kinds: Sequence[str]) -> AsyncGenerator[tuple[str, Link]]:
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            async for row in self._connection.cursor(_LINKS, list(kinds), prefetch=1000):
                yield row[0], _link(row[1:])

    async def fingerprint(self, run: str, event: int) -> bytes | None:
        statement = "SELECT chain FROM setpoint.events WHERE run = $1 AND id = $2"
        found: bytes | None = await self._connection.fetchval(statement, run, event)
        return found

    async def flaws(self) -> Sequence[Flaw]:
        """None: PostgreSQL looks after its pages itself, and complains of them when they are read."""
        return []


def _link(row: asyncpg.Record | tuple[Any, ...]) -> Link:
    return Link(Row(*row[:5]), row[5])


@asynccontextmanager
async def store(address: Address) -> AsyncGenerator[PostgresStore]:
    """The store in the database at `address`.

    Raises:
        StoreUnusable: it can't be reached, or there is none in it, or it is of another version.
    """
    async with _connected(address) as connection:
        yield PostgresStore(connection, await connection.fetchval("SELECT incarnation FROM setpoint.meta"))


async def raise_incarnation(address: Address) -> int:
    """Another life of the store begins: it was restored, and may lack what was acknowledged. Services take note of it.

    Raises:
        StoreUnusable: it can't be reached, or there is none in it, or it is of another version.
    """
    async with _connected(address) as connection:
        return await identity.raised(connection)


@asynccontextmanager
async def _connected(address: Address) -> AsyncGenerator[asyncpg.Connection]:
    try:
        connection = await address.connect()
        try:
            await schema.current(connection)
            yield connection
        finally:
            await connection.close(timeout=2)
    except (*BROKEN, *TURNED_OFF, asyncpg.PostgresError) as error:
        raise StoreUnusable(f"PostgreSQL at {address.hosts} can't be used: {error}") from error
