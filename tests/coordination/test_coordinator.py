"""Commands of one run: in order, many on one commit, and answered once what they stand on is durable."""

import asyncio
from pathlib import Path

import pytest

from setpoint.coordination.coordinator import Coordinator, Outcome
from setpoint.coordination.ports import Entry
from setpoint.errors import NotFound, RunFinished, StaleAttempt, StorageFull, Unavailable
from setpoint.journal.jobs import Committed
from setpoint.journal.sqlite.journal import opened
from setpoint.runs.command import OpenAttempt, Patch
from setpoint.runs.event import Changed
from tests.coordination.memory import MemoryJournal, Store
from tests.coordination.runs import ANY, HALVE, check_in, coordinator, create, creation, sealing, within


async def a_moment() -> None:
    """Everything that can go on goes on."""
    for _ in range(20):
        await asyncio.sleep(0)


async def started(journal: MemoryJournal) -> Coordinator:
    runs = coordinator(journal)
    await runs.handle("mnist", create(), actor="ada")
    return runs


def sent(runs: Coordinator, epoch: int, worker: str = "w0") -> asyncio.Task[Outcome]:
    return asyncio.create_task(runs.handle("mnist", check_in(epoch, worker), actor=worker))


def test_a_run_is_created_checked_in_and_changed() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        sealed = await runs.handle("mnist", check_in(0), actor="w0")
        changed = await runs.handle("mnist", HALVE, actor="ada")

        assert sealed.run.attempt.sealed.values(0, 0, 1) == [0.1]
        assert [each.event.kind for each in sealed.recorded] == ["progress", "sealed"]
        assert changed.recorded[0].origin.actor == "ada"
        assert (await runs.handle("mnist", check_in(1), actor="w0")).run.attempt.sealed.values(0, 1, 2) == [0.05]

    within(10, scenario)


def test_sixty_four_callers_on_one_run_share_commits_and_values(tmp_path: Path) -> None:
    async def scenario() -> None:
        commits: list[Committed] = []
        journal = await opened(tmp_path / "setpoint.db", committed=commits.append)
        runs = coordinator(journal)
        await runs.handle("mnist", create(), actor="ada")

        async def worker(name: str) -> list[float]:
            values: list[float] = []
            for epoch in range(12):
                run = (await runs.handle("mnist", check_in(epoch, name), actor=name)).run
                values.append(run.attempt.sealed.value(0, epoch))
            return values

        told = await asyncio.gather(*(worker(f"w{i}") for i in range(64)))
        await journal.close()

        assert all(values == told[0] for values in told)
        assert told[0] == [0.1] * 5 + [0.05] * 5 + [0.025] * 2
        assert sum(commit.entries for commit in commits) == 1 + 64 * 12
        assert max(commit.entries for commit in commits) > 1

    within(20, scenario)


def test_nothing_is_answered_or_shown_before_it_is_durable() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        journal.hold()
        answer = sent(runs, 0)
        await a_moment()

        assert not answer.done()
        shown = runs.peek("mnist")
        assert shown is not None
        assert shown.attempt.frontier == 0
        assert (await runs.look("mnist")).attempt.frontier == 0

        journal.let_go()
        assert (await answer).run.attempt.frontier == 1
        assert (await runs.look("mnist")).attempt.frontier == 1

    within(10, scenario)


def test_an_answer_without_events_waits_for_what_it_stands_on() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        journal.hold()
        first = sent(runs, 0)
        await a_moment()
        repeat = sent(runs, 0)
        await a_moment()
        assert not repeat.done()

        journal.let_go()
        assert (await repeat).recorded == ()
        assert (await repeat).run == (await first).run

    within(10, scenario)


def test_a_refusal_waits_for_what_it_stands_on() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        journal.hold()
        rollback = asyncio.create_task(runs.handle("mnist", OpenAttempt(0, ANY), actor="ada"))
        await a_moment()
        stale = sent(runs, 0)
        await a_moment()
        assert not stale.done()

        journal.let_go()
        await rollback
        with pytest.raises(StaleAttempt):
            await stale

    within(10, scenario)


def test_a_refusal_that_stood_on_what_was_lost_is_decided_anew() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        journal.hold()
        rollback = asyncio.create_task(runs.handle("mnist", OpenAttempt(0, ANY), actor="ada"))
        await a_moment()
        sealing_first = sent(runs, 0)
        await a_moment()
        journal.break_next_commit()
        journal.let_go()

        with pytest.raises(StorageFull):
            await rollback
        with pytest.raises(StorageFull):
            await sealing_first
        assert (await sent(runs, 0)).run.attempt.frontier == 1

    within(10, scenario)


def test_a_refusal_whose_events_count_is_told_once_they_are_durable() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = coordinator(journal)
        await runs.handle("mnist", create(progress="slowest", workers=2), actor="ada")
        await runs.handle("mnist", check_in(0, "w0"), actor="w0")
        await runs.handle("mnist", check_in(1, "w0"), actor="w0")
        with pytest.raises(Exception, match="slowest"):
            await runs.handle("mnist", check_in(2, "w0"), actor="w0")

        assert dict((await runs.look("mnist")).attempt.reports.items()) == {"w0": 2}

    within(10, scenario)


def test_commands_that_wait_together_are_decided_one_upon_the_other() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        journal.hold()
        answers = [sent(runs, 0), sent(runs, 1, "w1"), sent(runs, 2, "w2")]
        await a_moment()
        journal.let_go()

        outcomes = await asyncio.gather(*answers)
        assert [each.id for outcome in outcomes for each in outcome.recorded] == [2, 3, 4, 5, 6, 7]

    within(10, scenario)


def test_a_caller_that_goes_away_takes_nothing_back() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        journal.hold()
        gone, stays = sent(runs, 0, "gone"), sent(runs, 1, "stays")
        await a_moment()
        gone.cancel()
        await a_moment()
        journal.let_go()

        assert dict((await stays).run.attempt.reports.items()) == {"gone": 0, "stays": 1}
        assert gone.cancelled()
        assert journal.store.runs["mnist"].attempt.frontier == 2

    within(10, scenario)


def test_a_caller_that_goes_away_while_the_run_is_loaded_leaves_the_load_to_the_others() -> None:
    async def scenario() -> None:
        store = Store()
        await started(MemoryJournal(store))
        journal = MemoryJournal(store)
        runs = coordinator(journal)
        journal.hold()
        gone, stays = sent(runs, 0, "gone"), sent(runs, 0, "stays")
        await a_moment()
        gone.cancel()
        await a_moment()
        journal.let_go()

        assert dict((await stays).run.attempt.reports.items()) == {"stays": 0}
        assert journal.loads == 1

    within(10, scenario)


def test_after_another_writer_the_command_is_decided_anew() -> None:
    async def scenario() -> None:
        store = Store()
        here, there = await started(MemoryJournal(store)), coordinator(MemoryJournal(store))
        await there.handle("mnist", HALVE, actor="there")
        sealed = await here.handle("mnist", check_in(0), actor="w0")

        assert sealed.run.attempt.sealed.value(0, 0) == 0.05
        assert [each.id for each in sealed.recorded] == [3, 4]

    within(10, scenario)


def test_others_that_never_stop_writing_are_told_of_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        store = Store()
        journal = MemoryJournal(store)
        runs = await started(journal)
        append = journal.append

        def another_first(entry: Entry) -> asyncio.Future[None]:
            run = store.runs["mnist"]
            store.runs["mnist"] = sealing(run, run.attempt.frontier, "other").run
            return append(entry)

        monkeypatch.setattr(journal, "append", another_first)
        with pytest.raises(Unavailable, match="kept writing"):
            await runs.handle("mnist", HALVE, actor="ada")

    within(10, scenario)


def test_after_a_failed_commit_all_that_stood_on_it_fails_and_the_run_goes_on() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        journal.hold()
        lost = [sent(runs, 0), sent(runs, 1, "w1")]
        await a_moment()
        journal.break_next_commit()
        journal.let_go()
        for answer in lost:
            with pytest.raises(StorageFull):
                await answer

        assert (await runs.look("mnist")).attempt.frontier == 0
        assert (await sent(runs, 0)).run.attempt.frontier == 1
        assert [each.id for _, each in journal.store.events] == [1, 2, 3]

    within(10, scenario)


def test_a_dry_run_answers_alike_and_does_nothing() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = await started(journal)
        dry = await runs.handle("mnist", HALVE, actor="ada", dry_run=True)
        assert journal.store.runs["mnist"].version == 1
        wet = await runs.handle("mnist", HALVE, actor="ada")

        assert isinstance(dry.recorded[0].event, Changed)
        assert dry.recorded == wet.recorded
        assert dry.run == wet.run

    within(10, scenario)


def test_what_nobody_uses_is_put_away_but_not_while_it_is_being_written() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = coordinator(journal, most_desks=2)
        for name in ("a", "b"):
            await runs.handle(name, create(), actor="ada")
        journal.hold()
        opening = asyncio.create_task(runs.handle("c", create(), actor="ada"))
        await a_moment()
        pending = asyncio.create_task(runs.handle("a", check_in(0), actor="w0"))
        await a_moment()
        assert runs.peek("b") is not None  # and `a` is the one that was not used for longest
        journal.let_go()
        await asyncio.gather(pending, opening)

        assert [name for name in "abc" if runs.peek(name) is not None] == ["a", "c"]
        loads = journal.loads
        assert (await runs.look("b")).version == 1
        assert journal.loads == loads + 1

    within(10, scenario)


def test_a_run_that_is_not_there_takes_no_memory() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        for name in ("x", "y"):
            with pytest.raises(NotFound):
                await runs.handle(name, check_in(0), actor="w0")
            with pytest.raises(NotFound):
                await runs.look(name)

        assert len(runs._desks) == 1

    within(10, scenario)


def test_a_finished_run_refuses_in_the_run_s_words() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        await runs.handle("mnist", Patch(state="finished"), actor="ada")
        with pytest.raises(RunFinished):
            await sent(runs, 0)

    within(10, scenario)


def test_a_repeat_of_a_creation_is_none() -> None:
    async def scenario() -> None:
        runs = await started(MemoryJournal())
        again = await runs.handle("mnist", create(), actor="eve")
        assert again.recorded == ()
        assert again.run == creation().run

    within(10, scenario)


def test_what_nobody_asked_for_between_two_tidyings_takes_no_memory() -> None:
    async def scenario() -> None:
        journal = MemoryJournal()
        runs = coordinator(journal)
        for name in ("unused", "written"):
            await runs.handle(name, create(), actor="ada")
        runs.tidy()
        journal.hold()
        writing = asyncio.create_task(runs.handle("written", check_in(0), actor="w0"))
        await a_moment()
        runs.tidy()
        await runs.look("written")
        runs.tidy()
        runs.tidy()
        assert len(runs._desks) == 1

        journal.let_go()
        assert (await writing).run.attempt.frontier == 1
        assert runs.peek("written") == (await writing).run
        assert (await runs.look("unused")).version == 1

    within(10, scenario)
