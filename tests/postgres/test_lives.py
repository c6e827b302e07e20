"""PostgreSQL after a fail-over or a restore: another life of the store, and old primaries."""

import asyncio
from dataclasses import replace

import pytest

from setpoint.coordination.ports import Overtaken, Renewed
from setpoint.errors import Unavailable
from setpoint.journal.postgres import identity, schema
from setpoint.journal.postgres.address import Address
from tests.coordination.runs import creation, sealing, within
from tests.postgres.journals import another, journal, told


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
