"""Whether the database is a copy that is still being written: then nothing is served from it."""

import asyncpg

from setpoint.journal.postgres.address import Address
from setpoint.journal.unusable import UNFINISHED, StoreUnusable, not_empty

_IS_MARKED = "SELECT copying FROM setpoint.meta"
_IS_EMPTY = "SELECT NOT EXISTS (SELECT FROM setpoint.runs) AND NOT EXISTS (SELECT FROM setpoint.token_events)"
_BEGIN = "UPDATE setpoint.meta SET copying = true, incarnation = $1"
_END = "UPDATE setpoint.meta SET copying = false"


async def begin(connection: asyncpg.Connection, incarnation: int) -> None:
    """Mark the store as a copy of one in that life of its own.

    Raises:
        StoreUnusable: it has something in it, and no copy of it was begun.
    """
    async with connection.transaction():
        await connection.execute("SELECT FROM setpoint.meta FOR UPDATE")
        if not await connection.fetchval(_IS_MARKED) and not await connection.fetchval(_IS_EMPTY):
            raise not_empty("the database")
        await connection.execute(_BEGIN, incarnation)


async def none(connection: asyncpg.Connection) -> None:
    """Nothing, where no copy into the store was left unfinished.

    Raises:
        StoreUnusable: one was.
    """
    if await connection.fetchval(_IS_MARKED):
        raise StoreUnusable(f"the database: {UNFINISHED}")


async def end(address: Address) -> None:
    """The copy is whole: it may be served from."""
    connection = await address.connect()
    try:
        await connection.execute(_END)
    finally:
        await connection.close(timeout=2)
