"""A standby that takes over: with synchronous replication it has all that was acknowledged, without it may not."""

import asyncio
from collections.abc import Generator

import asyncpg
import pytest

from setpoint.coordination.coordinator import Coordinator
from setpoint.errors import HistoryDiverged, SetpointError
from setpoint.journal.postgres.address import parsed
from setpoint.journal.postgres.journal import opened
from tests.coordination.runs import check_in, coordinator, create, within
from tests.postgres.server import Server

pytestmark = pytest.mark.proof
"""Two servers and a promotion each: how long that takes is the machine's affair."""


@pytest.fixture
def pair() -> Generator[tuple[Server, Server]]:
    """A primary, and a standby that follows it."""
    primary, standby = Server.made(), Server.made(copied=True)
    try:
        primary.start()
        standby.copy(primary)
        standby.start()
        yield primary, standby
    finally:
        primary.removed()
        standby.removed()


def both(pair: tuple[Server, Server]) -> str:
    ports = ",".join(f"127.0.0.1:{server.port}" for server in pair)
    return f"postgresql://postgres@{ports}/postgres"


async def epochs(runs: Coordinator, first: int, stop: int) -> None:
    """Check in at each, as often as it takes until it is answered."""
    for epoch in range(first, stop):
        while True:
            try:
                await runs.handle("mnist", check_in(epoch), actor="w0")
                break
            except HistoryDiverged:
                raise
            except SetpointError:
                await asyncio.sleep(0.05)


async def taken_over(pair: tuple[Server, Server]) -> None:
    """The primary is gone with all its processes, and the standby is told to be one."""
    await asyncio.to_thread(pair[0].kill)
    await asyncio.to_thread(pair[1].does, "postgres", "SELECT pg_promote()")


def test_a_synchronous_fail_over_loses_nothing_and_workers_go_on(pair: tuple[Server, Server]) -> None:
    pair[0].does("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")
    pair[0].does("postgres", "SELECT pg_reload_conf()")

    async def scenario() -> None:
        await asyncio.sleep(0.5)
        journal = await opened(parsed(both(pair)))
        assert journal.durability == "failover"
        runs = coordinator(journal)
        await runs.handle("mnist", create(), actor="ada")
        await epochs(runs, 0, 20)
        under_way = asyncio.create_task(epochs(runs, 20, 60))
        await asyncio.sleep(0.05)

        await taken_over(pair)

        await under_way
        assert journal.incarnation == 1
        run = await journal.load("mnist")
        assert run is not None
        assert run.attempt.frontier == 60
        await journal.close()

    within(60, scenario)


def test_an_asynchronous_fail_over_is_found_out_and_seals_nothing_more(pair: tuple[Server, Server]) -> None:
    async def scenario() -> None:
        journal = await opened(parsed(both(pair)), poll_seconds=0.1)
        assert journal.durability == "power-loss"
        runs = coordinator(journal)
        await runs.handle("mnist", create(), actor="ada")
        await epochs(runs, 0, 5)
        await replicated(pair)

        await taken_over(pair)

        with pytest.raises(HistoryDiverged):
            await epochs(runs, 5, 6)
        assert journal.incarnation == 2
        await journal.close()

    within(60, scenario)


async def replicated(pair: tuple[Server, Server]) -> None:
    """The standby has all that the primary wrote."""
    primary, standby = [await asyncpg.connect(server.url("postgres")) for server in pair]
    at = await primary.fetchval("SELECT pg_current_wal_lsn()::text")
    behind = "SELECT pg_last_wal_replay_lsn() < $1::text::pg_lsn"
    while await standby.fetchval(behind, at):  # noqa: ASYNC110 - what is waited for is in another process
        await asyncio.sleep(0.02)
    await primary.close()
    await standby.close()
