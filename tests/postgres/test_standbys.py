"""What a write survives on PostgreSQL, and commits that wait for standbys."""

import asyncio

import asyncpg
import pytest

from setpoint.errors import Unavailable
from setpoint.journal.postgres import identity, line
from setpoint.journal.postgres.address import parsed
from setpoint.journal.postgres.journal import opened
from setpoint.journal.unusable import StoreUnusable
from tests.coordination.runs import creation, sealing, within
from tests.postgres.journals import another, journal
from tests.postgres.server import Server

_SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "synchronous_standby_names": ""}


@pytest.mark.parametrize(
    ("settings", "level"),
    [
        ({}, "power-loss"),
        ({"synchronous_standby_names": "ANY 1 (a, b)"}, "failover"),
        ({"synchronous_standby_names": "*", "synchronous_commit": "remote_apply"}, "failover"),
        ({"synchronous_standby_names": "*", "synchronous_commit": "local"}, "power-loss"),
        ({"synchronous_standby_names": "*", "synchronous_commit": "off"}, "process-crash"),
        ({"synchronous_standby_names": "*", "fsync": "off"}, "process-crash"),
        ({"synchronous_standby_names": "*", "full_page_writes": "off"}, "process-crash"),
    ],
)
def test_what_a_write_survives_is_read_from_the_settings(settings: dict[str, str], level: str) -> None:
    assert identity.level({**_SAFE, **settings}) == level


async def wait_for_standbys(own: Server, names: str) -> None:
    async with another(parsed(own.url("postgres"))) as by_hand:
        await by_hand.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        await by_hand.execute("SELECT pg_reload_conf()")
    await asyncio.sleep(0.5)


def test_a_commit_that_may_be_on_no_standby_counts_as_failed_until_it_is(own: Server) -> None:
    async def scenario() -> None:
        address = parsed(own.url("postgres"))
        async with journal(address) as ours, another(address) as by_hand:
            first = creation()
            await ours.append(first)
            await wait_for_standbys(own, "nobody")
            waiting = ours.append(sealing(first.run, 0))
            await cancelled(by_hand)

            with pytest.raises(Unavailable, match="canceling wait"):
                await waiting

            loading = asyncio.create_task(ours.load("mnist"))
            await asyncio.sleep(0.5)
            assert not loading.done()
            await wait_for_standbys(own, "")
            assert await loading == sealing(first.run, 0).run

    within(60, scenario)


def test_where_standbys_are_required_a_server_without_them_is_not_served_from(own: Server) -> None:
    async def scenario() -> None:
        address = parsed(own.url("postgres"))
        with pytest.raises(StoreUnusable, match="synchronous_standby_names is empty"):
            await opened(address, requires_sync=True)

    within(60, scenario)


def test_where_standbys_are_required_nothing_counts_that_did_not_wait_for_one(own: Server) -> None:
    async def scenario() -> None:
        address = parsed(own.url("postgres"))
        await wait_for_standbys(own, "nobody")
        ours = await opened(address, requires_sync=True)
        assert ours.durability == "failover"
        await wait_for_standbys(own, "")

        with pytest.raises(Unavailable, match="waits for no standby any more"):
            await ours.append(creation())
        with pytest.raises(Unavailable, match="waits for no standby any more"):
            await ours.load("mnist")
        await ours.close()

    within(60, scenario)


async def cancelled(by_hand: asyncpg.Connection) -> None:
    """Cancel the wait for standbys of whoever waits."""
    waits = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    while not await by_hand.fetch(waits):  # noqa: ASYNC110 - what is waited for is in another process
        await asyncio.sleep(0.02)


def test_a_commit_that_no_standby_answers_is_given_up_and_not_cancelled(
    own: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line.Line.__init__, "__defaults__", (0.7,))

    async def scenario() -> None:
        address = parsed(own.url("postgres"))
        async with journal(address) as ours, another(address) as by_hand:
            first = creation()
            await ours.append(first)
            await wait_for_standbys(own, "nobody")

            with pytest.raises(Unavailable, match="did not answer"):
                await ours.append(sealing(first.run, 0))

            assert await by_hand.fetchval("SELECT version FROM setpoint.runs") == first.run.version
            await wait_for_standbys(own, "")

    within(60, scenario)
