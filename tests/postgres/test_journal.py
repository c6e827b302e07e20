"""What is PostgreSQL's own: other writers, notifications, the order of events, settings, servers that come and go."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from setpoint.coordination.ports import Heard, Moved, Overtaken, Renewed
from setpoint.errors import Unavailable
from setpoint.journal.postgres import identity, line, schema
from setpoint.journal.postgres.address import Address, parsed
from setpoint.journal.postgres.beats import Beats
from setpoint.journal.postgres.journal import PostgresJournal, opened
from setpoint.journal.postgres.start import reached
from setpoint.journal.unusable import StoreUnusable
from tests.coordination.runs import creation, sealing, within
from tests.postgres.server import Server, free_port, server


@pytest.fixture
def address() -> Address:
    return parsed(server().database())


@pytest.fixture
def own() -> Generator[Server]:
    """A server that may be ended, and told to wait for standbys."""
    made = Server.made()
    try:
        made.start()
        yield made
    finally:
        made.removed()


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


async def told(ours: PostgresJournal, moved: Moved | Renewed) -> None:
    async for each in ours.changed():
        if each == moved:
            return


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


@pytest.mark.parametrize(
    ("change", "incarnation"),
    [
        ("timeline = timeline - 1", 2),
        ("timeline = timeline - 1, level = 'failover'", 1),
        ("system_identifier = 7, level = 'failover'", 2),
        ("level = 'process-crash'", 1),
    ],
    ids=["asynchronous fail-over", "synchronous fail-over", "a copy elsewhere", "other settings"],
)
def test_a_server_that_may_lack_writes_is_another_life_of_the_store(
    address: Address, change: str, incarnation: int
) -> None:
    async def scenario() -> None:
        async with journal(address) as ours, another(address) as by_hand:
            first = creation()
            await ours.append(first)
            start = await ours.latest()
            await by_hand.execute(f"UPDATE setpoint.meta SET {change}")

        async with journal(address) as ours:
            assert ours.incarnation == incarnation
            assert await ours.load("mnist") == first.run
            assert (await ours.latest() == start) == (incarnation == 1)

    within(20, scenario)


def test_a_process_that_was_running_finds_the_store_in_another_life_and_forgets_all_it_knew(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours, another(address) as by_hand:
            first = creation()
            await ours.append(first)
            forgotten = asyncio.create_task(told(ours, Renewed()))
            await by_hand.execute("UPDATE setpoint.meta SET timeline = timeline - 1")

            await forgotten

            assert ours.incarnation == 2
            with pytest.raises(Overtaken):
                await ours.append(sealing(first.run, 0))
            assert await ours.load("mnist") == first.run
            await ours.append(sealing(first.run, 0))

    within(20, scenario)


def test_what_was_decided_in_one_life_of_the_store_is_not_written_in_the_next(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours, another(address) as by_hand:
            first = creation()
            await ours.append(first)
            await by_hand.execute("UPDATE setpoint.meta SET incarnation = 2")

            with pytest.raises(Overtaken):
                await ours.append(sealing(first.run, 0))

    within(20, scenario)


async def heard_by(ours: PostgresJournal, wanted: list[Heard]) -> None:
    found = list[Heard]()
    while found != wanted:
        found += await ours.heard(())
        await asyncio.sleep(0.02)


def test_a_sign_of_life_is_told_once_to_every_other_process(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours, journal(address) as theirs, journal(address) as third:
            for each in (ours, theirs, third):
                assert await each.heard(()) == []
            w0, w1 = Heard("mnist", "w0"), Heard("mnist", "w1")

            assert await ours.heard([w0, w1]) == []
            assert await theirs.heard([w1]) == [w0, w1]

            await heard_by(third, [w0, w1, w1])
            await heard_by(ours, [w1])
            for each in (ours, theirs, third):
                assert await each.heard(()) == []

    within(20, scenario)


def test_signs_of_life_are_heard_after_the_server_crashed_and_in_another_life(own: Server) -> None:
    async def scenario() -> None:
        address, w0 = parsed(own.url("postgres")), Heard("mnist", "w0")
        async with journal(address) as ours, journal(address) as theirs:
            for each in (ours, theirs):
                await each.heard(())
            await ours.heard([w0])
            assert await theirs.heard(()) == [w0]
            await asyncio.to_thread(own.kill)
            await asyncio.to_thread(own.start)

            await ours.heard([w0])
            assert await theirs.heard(()) == [w0]

            async with another(address) as by_hand:
                await by_hand.execute("TRUNCATE setpoint.beats; ALTER SEQUENCE setpoint.beat_numbers RESTART")
                forgotten = asyncio.create_task(told(theirs, Renewed()))
                await identity.raised(by_hand)
                await forgotten
            assert await theirs.heard(()) == []
            await ours.heard([w0])
            assert await theirs.heard(()) == [w0]

    within(60, scenario)


def test_rows_that_everybody_has_read_are_taken_away(address: Address) -> None:
    async def scenario() -> None:
        async with another(address) as connection:
            await schema.migrate(connection)
            clock = [0.0]
            ours, theirs = Beats(lambda: clock[0]), Beats(lambda: clock[0])
            for _ in range(3):
                await theirs.told(connection, ())
                await ours.told(connection, [Heard("mnist", "w0")])
                clock[0] += 50
                assert await theirs.told(connection, ()) == [Heard("mnist", "w0")]

            await theirs.told(connection, ())

            assert await connection.fetchval("SELECT count(*) FROM setpoint.beats") == 2

    within(20, scenario)


def test_a_life_that_is_begun_by_hand_is_found_by_those_who_run(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours, another(address) as by_hand:
            forgotten = asyncio.create_task(told(ours, Renewed()))

            assert await identity.raised(by_hand) == 2

            await forgotten
            assert ours.incarnation == 2

    within(20, scenario)


def test_an_old_primary_is_not_written_to_by_one_who_has_seen_the_new(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours:
            first = creation()
            await ours.append(first)
            seen = ours._line.identity
            promoted = replace(seen.server, timeline=seen.server.timeline + 1)
            ours._line.identity = replace(seen, server=promoted)
            ours._line.drop()

            with pytest.raises(Unavailable, match="old primary"):
                await ours.append(sealing(first.run, 0))

    within(20, scenario)


def test_an_old_primary_is_not_read_by_one_who_has_seen_the_new(address: Address) -> None:
    async def scenario() -> None:
        async with journal(address) as ours:
            first = creation()
            await ours.append(first)
            assert await ours.load("mnist") == first.run
            seen = ours._line.identity
            promoted = replace(seen.server, timeline=seen.server.timeline + 1)
            ours._line.identity = replace(seen, server=promoted)

            # What was not acknowledged, because no standby has it, can be seen there all the same.
            with pytest.raises(Unavailable, match="old primary"):
                await ours.load("mnist")
            with pytest.raises(Unavailable, match="old primary"):
                await ours.recorded("mnist", 0, 10)

    within(20, scenario)


def test_settings_that_changed_just_before_a_fail_over_count_though_nobody_wrote_them_down(address: Address) -> None:
    async def scenario() -> None:
        async with another(address) as by_hand:
            await schema.migrate(by_hand)
            now = await identity.recognised(by_hand)
            before = replace(now.server, timeline=now.server.timeline - 1)
            await by_hand.execute("UPDATE setpoint.meta SET timeline = timeline - 1, level = 'failover'")
            asynchronously = replace(now, server=replace(before, level="power-loss"))

            assert (await identity.recognised(by_hand, asynchronously)).incarnation == 2

    within(20, scenario)


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
