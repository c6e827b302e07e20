"""Watching: every event once and in order, or an explicit reset; nobody waits for a slow one."""

import asyncio
from collections.abc import Sequence

import pytest

from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.ports import Moved, Renewed
from setpoint.coordination.watch import Bye, Reset, Watcher
from setpoint.errors import NotFound
from setpoint.runs.event import Recorded
from tests.coordination.memory import MemoryJournal, Store
from tests.coordination.runs import HALVE, check_in, coordinator, create, sealing, within
from tests.coordination.test_coordinator import a_moment, started


def ids(recorded: Sequence[Recorded]) -> list[int]:
    return [each.id for each in recorded]


async def seal(runs: Coordinator, epochs: range, name: str = "mnist") -> None:
    """Two events each: a report, and a sealing."""
    for epoch in epochs:
        await runs.handle(name, check_in(epoch), actor="w0")


async def all_of(watcher: Watcher, last: int) -> list[int]:
    told: list[int] = []
    while not told or told[-1] < last:
        told += ids(await watcher.next())
    return told


def test_the_past_is_replayed_and_what_happens_follows() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        await seal(runs, range(2))
        with await runs.subscribe("mnist", 2) as watcher:
            assert ids(await watcher.next()) == [3, 4, 5]
            waiting = asyncio.create_task(watcher.next())
            await a_moment()
            assert not waiting.done()
            await seal(runs, range(2, 3))
            assert ids(await waiting) == [6, 7]

    within(10, scenario)


def test_without_an_id_it_begins_now() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        with await runs.subscribe("mnist") as watcher:
            await runs.handle("mnist", HALVE, actor="ada")
            assert [each.event.kind for each in await watcher.next()] == ["change"]

    within(10, scenario)


def test_there_is_no_gap_or_duplicate_where_the_past_meets_what_happens() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        await seal(runs, range(300))
        watchers = [await runs.subscribe("mnist", after) for after in (0, 1, 250, 600, 601)]
        told = [asyncio.create_task(all_of(watcher, 641)) for watcher in watchers]
        await seal(runs, range(300, 320))

        assert await asyncio.gather(*told) == [list(range(after + 1, 642)) for after in (0, 1, 250, 600, 601)]

    within(20, scenario)


def test_nothing_is_told_before_it_is_durable() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        with await runs.subscribe("mnist") as watcher:
            journal.hold()
            sealed = asyncio.create_task(seal(runs, range(1)))
            await a_moment()
            assert await watcher.next(0.01) == ()
            journal.let_go()
            await sealed
            assert ids(await watcher.next()) == [2, 3]

    within(10, scenario)


def test_a_commit_that_failed_is_never_told() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        with await runs.subscribe("mnist") as watcher:
            journal.break_next_commit()
            with pytest.raises(Exception, match="no room"):
                await seal(runs, range(1))
            await runs.handle("mnist", HALVE, actor="ada")
            assert [(each.id, each.event.kind) for each in await watcher.next()] == [(2, "change")]

    within(10, scenario)


def test_one_that_is_too_slow_is_reset_and_the_others_go_on() -> None:
    async def scenario() -> None:
        runs = coordinator(MemoryJournal(), kept=4)
        await runs.handle("mnist", create(), actor="ada")
        with await runs.subscribe("mnist") as slow, await runs.subscribe("mnist") as quick:
            for watcher in (slow, quick):
                assert await watcher.next(0.001) == ()
            for epoch in range(10):
                await seal(runs, range(epoch, epoch + 1))
                assert len(await quick.next()) == 2
            with pytest.raises(Reset):
                await slow.next()

    within(10, scenario)


def test_an_id_that_no_event_has_is_reset() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        with await runs.subscribe("mnist", 7) as watcher, pytest.raises(Reset):
            await watcher.next()

    within(10, scenario)


def test_the_end_of_the_service_is_told_after_what_is_left_to_tell() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        with await runs.subscribe("mnist") as waits, await runs.subscribe("mnist") as behind:
            assert await behind.next(0.001) == ()
            waiting = asyncio.create_task(waits.next())
            await a_moment()
            await runs.handle("mnist", HALVE, actor="ada")
            runs._watch.close()

            assert ids(await waiting) == [2]
            assert ids(await behind.next()) == [2]
            for watcher in (waits, behind):
                with pytest.raises(Bye):
                    await watcher.next()

    within(10, scenario)


def test_a_wait_that_is_over_or_cancelled_leaves_the_others_waiting() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        with await runs.subscribe("mnist") as one, await runs.subscribe("mnist") as other:
            cancelled, waiting = asyncio.create_task(one.next()), asyncio.create_task(other.next())
            await a_moment()
            cancelled.cancel()
            await a_moment()
            assert not waiting.done()
            await runs.handle("mnist", HALVE, actor="ada")
            assert ids(await waiting) == [2]

    within(10, scenario)


def test_ten_thousand_watchers_are_all_told() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        watchers = [await runs.subscribe("mnist") for _ in range(10_000)]
        waiting = [asyncio.create_task(watcher.next()) for watcher in watchers]
        await a_moment()
        await runs.handle("mnist", HALVE, actor="ada")

        assert all(ids(told) == [2] for told in await asyncio.gather(*waiting))
        assert runs._watch.watchers == 10_000
        for watcher in watchers:
            watcher.close()
        assert runs._watch._feeds == {}

    within(30, scenario)


def test_all_runs_are_told_in_one_order_from_a_cursor_on() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        first, second = await runs.subscribe_all(), await runs.subscribe_all()
        await runs.handle("cifar", create(), actor="ada")
        await seal(runs, range(1))

        told = await first.next()
        assert [(each.run, each.recorded.id) for each in told] == [("cifar", 1), ("mnist", 2), ("mnist", 3)]
        assert await second.next() == told
        resumed = await runs.subscribe_all(told[0].cursor)
        assert await resumed.next() == told[1:]
        assert await resumed.next(0.001) == []
        waiting = asyncio.create_task(resumed.next())
        await a_moment()
        await seal(runs, range(1, 2))
        assert [each.recorded.id for each in await waiting] == [4, 5]

    within(10, scenario)


def test_who_watches_all_runs_is_told_of_a_strange_cursor_and_of_the_end() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        with pytest.raises(Reset):
            await (await runs.subscribe_all("99")).next()
        watcher = await runs.subscribe_all()
        waiting = asyncio.create_task(watcher.next())
        await a_moment()
        runs._watch.close()
        with pytest.raises(Bye):
            await waiting

    within(10, scenario)


def test_waiting_ends_when_it_is_so_or_when_the_time_is_over() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        waiting = asyncio.create_task(runs.wait_for("mnist", lambda run: run.attempt.frontier > 1, 5))
        await a_moment()
        await seal(runs, range(1))
        await a_moment()
        assert not waiting.done()
        await seal(runs, range(1, 2))

        assert (await waiting).attempt.frontier == 2
        assert (await runs.wait_for("mnist", lambda run: run.attempt.frontier > 1, 5)).attempt.frontier == 2
        assert (await runs.wait_for("mnist", lambda run: run.attempt.frontier > 9, 0.01)).attempt.frontier == 2
        with pytest.raises(NotFound):
            await runs.wait_for("cifar", lambda run: True, 5)
        assert runs._watch._feeds == {}

    within(10, scenario)


def test_those_who_watch_a_run_look_afresh_once_the_store_is_in_another_life() -> None:
    async def scenario() -> None:
        store = Store()
        journal = MemoryJournal(store, exclusive=False)
        runs = await started(journal)
        following = asyncio.create_task(runs.follow())
        waiting = asyncio.create_task(runs.wait_for("mnist", lambda run: run.attempt.frontier > 0, 10))
        with await runs.subscribe("mnist") as live, await runs.subscribe("mnist", 0) as replaying:
            await a_moment()
            journal.moved.put_nowait(Renewed())
            for watcher in (live, replaying):
                with pytest.raises(Reset, match="restored"):
                    await watcher.next(5)

        with await runs.subscribe("mnist") as again:
            restored = sealing(store.runs["mnist"], 0, "another life's")
            await MemoryJournal(store).append(restored)
            journal.moved.put_nowait(Moved("mnist", restored.run.version))
            assert ids(await again.next()) == [2, 3]
        assert await waiting == restored.run
        await journal.close()
        await following

    within(10, scenario)


def test_where_others_write_only_the_journal_announces() -> None:
    async def scenario() -> None:
        store = Store()
        journal = MemoryJournal(store, exclusive=False)
        runs = await started(journal)
        following = asyncio.create_task(runs.follow())
        with await runs.subscribe("mnist") as watcher:
            await seal(runs, range(1))
            assert await watcher.next(0.01) == ()
            theirs = sealing(store.runs["mnist"], 1, "theirs")
            await MemoryJournal(store).append(theirs)
            journal.moved.put_nowait(Moved("mnist", theirs.run.version))

            assert ids(await watcher.next()) == [2, 3, 4, 5]
            assert await runs.look("mnist") == theirs.run
            journal.moved.put_nowait(Moved("mnist", theirs.run.version))
            await a_moment()
            assert await watcher.next(0.01) == ()
        await journal.close()
        await following

    within(10, scenario)
