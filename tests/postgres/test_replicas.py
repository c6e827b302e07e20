"""Several processes on one database: what one has answered binds the others, however stale what they hold is."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.coordination.coordinator import Coordinator, Outcome
from setpoint.errors import Conflict, EpochTooFar, NotFound, SetpointError, StaleAttempt
from setpoint.journal.postgres.address import Address, parsed
from setpoint.journal.postgres.journal import PostgresJournal, opened
from setpoint.runs.change import Scale
from setpoint.runs.command import ChangePlan, CheckIn, Command, OpenAttempt
from setpoint.runs.event import Changed, Recorded, SealedEpochs
from setpoint.runs.evolve import created, evolve
from setpoint.runs.state import Run
from tests.coordination.runs import ANY, HALVE, check_in, coordinator, create, within
from tests.postgres.server import server

Scenario = Callable[[Coordinator, Coordinator], Awaitable[None]]
ROLLBACK = OpenAttempt(0, ANY, "nothing")
_numbers = count(1)


@cache
def address() -> Address:
    return parsed(server().database())


@asynccontextmanager
async def two() -> AsyncGenerator[tuple[PostgresJournal, PostgresJournal]]:
    first, second = await opened(address()), await opened(address())
    try:
        yield first, second
    finally:
        await first.close()
        await second.close()


def on_two(scenario: Scenario) -> None:
    """Two coordinators that are told nothing of each other: neither follows what the other writes."""

    async def work() -> None:
        async with two() as (first, second):
            await scenario(coordinator(first), coordinator(second))

    within(20, work)


def test_a_change_that_one_acknowledged_governs_what_another_seals_next() -> None:
    async def scenario(first: Coordinator, second: Coordinator) -> None:
        await first.handle("govern", create(), actor="ada")
        await second.handle("govern", check_in(0), actor="w0")

        await first.handle("govern", HALVE, actor="ada")
        outcome = await second.handle("govern", check_in(1), actor="w0")

        assert outcome.run.attempt.sealed.value(0, 1) == 0.05

    on_two(scenario)


def test_an_answer_that_writes_nothing_does_not_stand_on_what_another_has_superseded() -> None:
    async def scenario(first: Coordinator, second: Coordinator) -> None:
        await first.handle("fence", create(), actor="ada")
        await second.handle("fence", check_in(0), actor="w0")
        repeated = await second.handle("fence", check_in(0), actor="w0")
        assert repeated.recorded == ()

        await first.handle("fence", ROLLBACK, actor="ada")

        with pytest.raises(StaleAttempt):
            await second.handle("fence", check_in(0), actor="w0")

    on_two(scenario)


def test_a_refusal_does_not_stand_on_what_another_has_superseded() -> None:
    async def scenario(first: Coordinator, second: Coordinator) -> None:
        await first.handle("refuse", create(), actor="ada")
        ahead = check_in(3)
        with pytest.raises(Conflict):
            await second.handle("refuse", ahead, actor="w0")

        for epoch in range(3):
            await first.handle("refuse", check_in(epoch), actor="w1")

        assert (await second.handle("refuse", ahead, actor="w0")).run.attempt.frontier == 4

    on_two(scenario)


def test_a_run_that_another_created_is_found() -> None:
    async def scenario(first: Coordinator, second: Coordinator) -> None:
        with pytest.raises(NotFound):
            await second.handle("born", check_in(0), actor="w0")
        await first.handle("born", create(), actor="ada")

        assert (await second.handle("born", check_in(0), actor="w0")).run.attempt.frontier == 1

    on_two(scenario)


def test_a_dry_run_stands_on_what_another_has_written() -> None:
    async def scenario(first: Coordinator, second: Coordinator) -> None:
        await first.handle("dry", create(), actor="ada")
        await second.look("dry")
        await first.handle("dry", check_in(0), actor="w0")

        tried = await second.handle("dry", HALVE, actor="ada", dry_run=True)

        (changed,) = (each.event for each in tried.recorded)
        assert isinstance(changed, Changed)
        assert changed.effective_epoch == 1

    on_two(scenario)


def test_workers_at_two_processes_seal_each_epoch_once() -> None:
    async def scenario(first: Coordinator, second: Coordinator) -> None:
        await first.handle("both", create(), actor="ada")

        async def train(process: Coordinator, worker: str) -> list[float]:
            values = list[float]()
            for epoch in range(12):
                outcome = await process.handle("both", check_in(epoch, worker), actor=worker)
                values.append(outcome.run.attempt.sealed.value(0, epoch))
            return values

        processes = (first, second) * 4
        told = await asyncio.gather(*(train(process, f"w{i}") for i, process in enumerate(processes)))

        assert told == [[0.1] * 5 + [0.05] * 5 + [0.025] * 2] * 8

    on_two(scenario)


def test_a_worker_is_there_for_all_processes_while_one_of_them_hears_of_it() -> None:
    async def scenario() -> None:
        async with two() as journals:
            clocks = [0.0, 0.0]
            first, second = (coordinator(each, clock=partial(clocks.__getitem__, i)) for i, each in enumerate(journals))
            attending = [asyncio.create_task(each.attend(0.02)) for each in (first, second)]
            await first.handle("there", create(), actor="ada")
            for worker in ("w0", "w1"):
                await first.handle("there", check_in(0, worker), actor=worker)

            while [each.gone for each in await second.workers("there")] != [False, True]:
                await first.handle("there", check_in(0, "w0"), actor="w0")  # a repeat: nothing is written
                clocks[1] += 1.0
                await asyncio.sleep(0.02)

            assert [each.gone for each in await first.workers("there")] == [False, False]
            for each in attending:
                each.cancel()

    within(20, scenario)


def test_the_slowest_of_workers_at_two_processes_holds_back_the_others() -> None:
    async def scenario(first: Coordinator, second: Coordinator) -> None:
        await first.handle("slow", create(progress="slowest", workers=2, max_lookahead=1), actor="ada")
        await first.handle("slow", check_in(0, "w0"), actor="w0")
        await second.handle("slow", check_in(0, "w1"), actor="w1")
        await first.handle("slow", check_in(1, "w0"), actor="w0")
        with pytest.raises(EpochTooFar):
            await first.handle("slow", check_in(2, "w0"), actor="w0")

        await second.handle("slow", check_in(1, "w1"), actor="w1")

        outcome = await first.handle("slow", check_in(2, "w0"), actor="w0")
        assert (outcome.run.attempt.position, outcome.run.attempt.frontier) == (1, 3)

    on_two(scenario)


CHECK_INS = st.builds(CheckIn, st.sampled_from(["a", "b", "c"]), st.integers(0, 6), st.integers(1, 3))
CHANGES = st.sampled_from([0.5, 3.0]).map(lambda by: ChangePlan(Scale(op="scale", factor=by), ANY))
ROLLBACKS = st.builds(OpenAttempt, st.integers(0, 4), st.just(ANY), st.sampled_from(["values", "changes", "nothing"]))
COMMANDS = st.one_of(CHECK_INS, CHECK_INS, CHECK_INS, CHANGES, ROLLBACKS)
STEPS = st.lists(st.tuples(st.integers(0, 1), st.one_of(COMMANDS, st.none(), st.none())), max_size=25)


@dataclass
class Told:
    """A command, the version of the run that was acknowledged before it was sent, and its answer."""

    command: Command
    known: int
    outcome: Outcome | None = None


@dataclass
class World:
    """Two processes on one run, and all that they were asked and said."""

    name: str
    processes: tuple[Coordinator, Coordinator]
    acknowledged: int = 0
    told: list[Told] = field(default_factory=list[Told])

    async def ask(self, process: int, command: Command) -> None:
        told = Told(command, self.acknowledged)
        self.told.append(told)
        try:
            told.outcome = await self.processes[process].handle(self.name, command, actor="someone")
        except SetpointError:
            return
        self.acknowledged = max(self.acknowledged, told.outcome.run.version)

    async def go(self, steps: list[tuple[int, Any]]) -> None:
        """Commands one after the other without waiting for the answer; None: wait for all that are under way."""
        under_way = list[asyncio.Task[None]]()
        for process, command in steps:
            if command is None:
                await asyncio.gather(*under_way)
            else:
                under_way.append(asyncio.create_task(self.ask(process, command)))
                await asyncio.sleep(0)
        await asyncio.gather(*under_way)


def folded(name: str, events: list[Recorded]) -> Run:
    run = created(name, events[0])
    for event in events[1:]:
        run = evolve(run, event)
    return run


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_whatever_two_processes_are_sent_each_epoch_has_one_value_by_the_plan_that_was_acknowledged(
    steps: list[tuple[int, Any]],
) -> None:
    async def scenario() -> None:
        async with two() as journals:
            processes = (coordinator(journals[0]), coordinator(journals[1]))
            world = World(f"any-{next(_numbers)}", processes)
            await world.ask(0, create(max_lookahead=3))
            await world.go(steps)
            events = list(await journals[0].recorded(world.name, 0, 10_000))
            final = await journals[1].load(world.name)

        assert final == folded(world.name, events)
        for told in world.told:
            if told.outcome is not None:
                judged(world.name, told, told.outcome, events)

    within(30, scenario)


def judged(name: str, told: Told, outcome: Outcome, events: list[Recorded]) -> None:
    """The answer is true of a moment after all that had been acknowledged when it was asked for (I5, I7)."""
    then, final = folded(name, events[: outcome.run.version]), folded(name, events)
    assert outcome.run == then
    assert outcome.run.version >= told.known
    if isinstance(told.command, CheckIn):
        attempt, epoch = told.command.attempt, told.command.epoch
        assert then.attempt.number == attempt
        kept = final.attempts[attempt - 1].sealed.value(0, epoch)
        assert then.attempts[attempt - 1].sealed.value(0, epoch) == kept
        for sealed in (each for each in outcome.recorded if isinstance(each.event, SealedEpochs)):
            assert sealed.id > told.known
