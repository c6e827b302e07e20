"""The first contact: a database that is not there yet is waited for, one that refuses is not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from setpoint.journal.postgres.address import Address
from setpoint.journal.postgres.refusal import BROKEN, TURNED_OFF
from setpoint.journal.unusable import StoreUnusable

T = TypeVar("T")

PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 2.0


async def reached(
    address: Address,
    prepare: Callable[[asyncpg.Connection], Awaitable[T]],
    waiting: Callable[[str], None],
    patience_seconds: float = PATIENCE_SECONDS,
    pause_seconds: float = PAUSE_SECONDS,
) -> T:
    """What `prepare` makes of the first connection.

    Raises:
        StoreUnusable: there was none for so long, or the server refuses this user, this database, or the tables.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_seconds
    while True:
        try:
            return await _prepared(address, prepare)
        except (*BROKEN, *TURNED_OFF) as error:
            left = deadline - loop.time()
            if isinstance(error, asyncpg.ClientConfigurationError) or left <= 0:
                raise StoreUnusable(f"PostgreSQL at {address.hosts} can't be reached: {error}") from error
            waiting(f"Waiting for PostgreSQL at {address.hosts}, {left:.0f} s more: {error}")
        except (asyncpg.PostgresError, ValueError) as error:
            raise StoreUnusable(f"PostgreSQL at {address.hosts} refuses: {error}") from error
        await asyncio.sleep(pause_seconds)


async def _prepared(address: Address, prepare: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    connection = await address.connect()
    try:
        return await prepare(connection)
    finally:
        await connection.close(timeout=PAUSE_SECONDS)
