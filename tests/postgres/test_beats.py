"""Signs of life between processes on one PostgreSQL."""

import asyncio

from setpoint.coordination.ports import Heard, Renewed
from setpoint.journal.postgres import identity, schema
from setpoint.journal.postgres.address import Address, parsed
from setpoint.journal.postgres.beats import Beats
from tests.coordination.runs import within
from tests.postgres.journals import another, heard_by, journal, told
from tests.postgres.server import Server


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
