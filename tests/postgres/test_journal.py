"""What is PostgreSQL's own: other writers, notifications, the order of events, tables, poolers."""

import asyncio

import asyncpg
import pytest

from setpoint.coordination.ports import Moved, Overtaken
from setpoint.journal.postgres import schema
from setpoint.journal.postgres.address import Address, parsed
from setpoint.journal.postgres.journal import opened
from setpoint.journal.unusable import StoreUnusable
from tests.coordination.runs import creation, sealing, within
from tests.postgres.journals import another, journal, told


def test_a_run_that_another_wrote_to_is_loaded_from_where_it_was_known(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours, journal(address) as theirs, another(address) as by_hand:
            first = creation()
            await ours.append(first)
            run = await theirs.load("mnist")
            assert run is not None
            await theirs.append(sealing(run, 0, "theirs"))
            with pytest.raises(Overtaken):
                await ours.append(sealing(first.run, 0, "ours"))

            await by_hand.execute("UPDATE setpoint.events SET actor = 'x' WHERE id = 1")

            assert await ours.load("mnist") == sealing(run, 0, "theirs").run

    within(20, scenario)


def test_what_is_confirmed_is_what_the_database_has_after_all_that_was_enqueued(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours, journal(address) as theirs:
            await ours.confirm("mnist", 0)
            first = creation()
            ours.append(first)
            await ours.confirm("mnist", first.run.version)
            with pytest.raises(Overtaken):
                await ours.confirm("mnist", 0)

            run = await theirs.load("mnist")
            assert run is not None
            await theirs.append(sealing(run, 0))
            with pytest.raises(Overtaken):
                await ours.confirm("mnist", first.run.version)

    within(20, scenario)


def test_another_event_of_the_same_number_is_not_taken_for_the_one_that_was_decided_on(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours, another(address) as by_hand:
            first = creation()
            await ours.append(first)
            await by_hand.execute("UPDATE setpoint.runs SET chain = $1", bytes(32))

            with pytest.raises(Overtaken):
                await ours.append(sealing(first.run, 0))
            with pytest.raises(Overtaken):
                await ours.confirm("mnist", 1)

    within(20, scenario)


@pytest.mark.parametrize("notified", [True, False], ids=["by a notification", "by looking, without notifications"])
def test_a_write_is_told_to_other_processes(address: Address, notified: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def deaf(*_: object) -> None:
        return

    async def scenario() -> None:
        poll_seconds = 0.05
        if not notified:
            monkeypatch.setattr("setpoint.journal.postgres.tail.Tail._listen", deaf)
        async with journal(address, poll_seconds) as ours, journal(address) as theirs:
            waiting = asyncio.create_task(told(ours, Moved("mnist", 1)))
            await asyncio.sleep(0.3)
            if notified:
                monkeypatch.setattr("setpoint.journal.postgres.tail.Tail._look", deaf)

            await theirs.append(creation())

            await waiting

    within(10, scenario)


def test_no_event_is_passed_over_whatever_the_order_of_commits(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours, another(address) as slow:
            start = await ours.latest()
            begun = slow.transaction()
            await begun.start()
            await slow.execute("SELECT pg_current_xact_id()")
            await ours.append(creation("later"))
            assert await ours.since(start, 10) == []
            assert await ours.latest() == start
            await begun.commit()

            assert [each.run for each in await ours.since(start, 10)] == ["later"]

    within(20, scenario)


def test_those_who_start_at_once_make_the_tables_once(address: Address) -> None:
    async def scenario() -> None:
        journals = await asyncio.gather(*(opened(address) for _ in range(5)))
        async with another(address) as by_hand:
            assert await by_hand.fetchval("SELECT count(*) FROM setpoint.meta") == 1
        for each in journals:
            await each.close()

    within(20, scenario)


def test_tables_of_a_later_version_are_left_alone(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address), another(address) as by_hand:
            await by_hand.execute("UPDATE setpoint.meta SET steps = $1", len(schema.MIGRATIONS) + 1)

        with pytest.raises(StoreUnusable, match="later version"):
            await opened(address)

    within(20, scenario)


def one(_: object) -> int:
    return 1


@pytest.mark.parametrize("told", [True, False], ids=["told", "found out"])
def test_nothing_stays_prepared_where_a_pooler_stands_between(
    address: Address, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not told:  # a pooler has numbers of its own for connections
        monkeypatch.setattr(asyncpg.Connection, "get_server_pid", one)

    async def scenario() -> None:
        async with journal(parsed(f"{address.url}?statement_cache_size=0") if told else address) as ours:
            first = creation()
            await ours.append(first)
            await ours.append(sealing(first.run, 0))
            assert await ours.load("mnist") == sealing(first.run, 0).run

            for connection in (await ours._line.ready(), *(idle for idle, _ in ours._readers._idle)):
                assert await connection.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''") == 0

    within(20, scenario)
