"""PostgreSQL that crashes, breaks off, refuses, or does not come."""

import asyncio

import asyncpg
import pytest

from setpoint.errors import Unavailable
from setpoint.journal.postgres import schema
from setpoint.journal.postgres.address import Address, parsed
from setpoint.journal.postgres.journal import opened
from setpoint.journal.postgres.start import reached
from setpoint.journal.unusable import StoreUnusable
from tests.coordination.runs import creation, sealing, within
from tests.postgres.journals import journal
from tests.postgres.server import Server, free_port, server


def test_a_host_that_does_not_answer_is_passed_over() -> None:
    async def scenario() -> None:
        hosts = f"127.0.0.1:{free_port()},127.0.0.1:{server().port}"
        connection = await parsed(f"postgresql://postgres@{hosts}/postgres").connect()
        assert await connection.fetchval("SELECT inet_server_port()") == server().port
        await connection.close()

    within(20, scenario)


def test_a_server_that_crashed_is_used_again_with_all_that_was_acknowledged(own: Server) -> None:
    async def scenario() -> None:
        async with journal(parsed(own.url("postgres"))) as ours:
            first = creation()
            await ours.append(first)
            await asyncio.to_thread(own.kill)
            with pytest.raises(Unavailable):
                await ours.append(sealing(first.run, 0))
            with pytest.raises(Unavailable):
                await ours.load("mnist")

            await asyncio.to_thread(own.start)

            assert await ours.load("mnist") == first.run
            await ours.append(sealing(first.run, 0))

    within(60, scenario)


def test_a_connection_that_broke_in_the_midst_of_a_statement_is_not_read_on_again(address: Address) -> None:
    async def breaks(_: asyncpg.Connection) -> None:
        raise asyncpg.InternalClientError("another operation is in progress")

    async def scenario() -> None:
        async with journal(address) as ours:
            await ours.append(creation())

            with pytest.raises(Unavailable):
                await ours._readers.run(breaks)

            assert ours._readers._idle == []
            assert await ours.load("mnist") == creation().run

    within(20, scenario)


def test_a_time_without_any_primary_is_waited_out(own: Server) -> None:
    async def scenario() -> None:
        async with journal(parsed(own.url("postgres"))) as ours:
            first = creation()
            await ours.append(first)
            await asyncio.to_thread(own.stop)
            await asyncio.to_thread(own.start, default_transaction_read_only="on")

            with pytest.raises(Unavailable):
                await ours.append(sealing(first.run, 0))
            with pytest.raises(Unavailable):
                await ours.recorded("mnist", 0, 10)

            await asyncio.to_thread(own.stop)
            await asyncio.to_thread(own.start)
            assert await ours.load("mnist") == first.run

    within(60, scenario)


def test_a_database_that_does_not_come_is_told_of() -> None:
    async def scenario() -> None:
        said = list[str]()
        nowhere = parsed(f"postgresql://postgres:secret@127.0.0.1:{free_port()}/postgres")
        with pytest.raises(StoreUnusable, match="can't be reached"):
            await reached(nowhere, schema.migrate, said.append, patience_seconds=0.1, pause_seconds=0.2)
        assert len(said) == 1
        assert "secret" not in said[0]

    within(20, scenario)


def test_a_database_that_refuses_is_not_waited_for() -> None:
    async def scenario() -> None:
        with pytest.raises(StoreUnusable, match="does not exist"):
            await opened(parsed(server().url("nowhere")))

    server()
    within(20, scenario)
