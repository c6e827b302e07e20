"""Journals on PostgreSQL, and what they tell."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from setpoint.coordination.ports import Heard, Moved, Renewed
from setpoint.journal.postgres.address import Address
from setpoint.journal.postgres.journal import PostgresJournal, opened


@asynccontextmanager
async def journal(address: Address, poll_seconds: float = 0.05) -> AsyncGenerator[PostgresJournal]:
    found = await opened(address, poll_seconds=poll_seconds)
    try:
        yield found
    finally:
        await found.close()


@asynccontextmanager
async def another(address: Address) -> AsyncGenerator[asyncpg.Connection]:
    connection = await address.connect()
    try:
        yield connection
    finally:
        await connection.close()


async def told(ours: PostgresJournal, moved: Moved | Renewed) -> None:
    async for each in ours.changed():
        if each == moved:
            return


async def heard_by(ours: PostgresJournal, wanted: list[Heard]) -> None:
    found = list[Heard]()
    while found != wanted:
        found += await ours.heard(())
        await asyncio.sleep(0.02)
