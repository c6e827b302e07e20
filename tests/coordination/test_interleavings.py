"""Whatever is sent in whatever order, held up, failed, cancelled or decided twice: one value for each epoch."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.coordination.coordinator import Coordinator, Outcome
from setpoint.errors import SetpointError
from setpoint.runs.change import Scale
from setpoint.runs.command import ChangePlan, CheckIn, Command, OpenAttempt
from setpoint.runs.event import Recorded
from setpoint.runs.evolve import created, evolve
from setpoint.runs.state import Run
from tests.coordination.memory import MemoryJournal, Store
from tests.coordination.runs import ANY, coordinator, create, within

PROCESSES = st.integers(0, 1)
CHECK_INS = st.tuples(
    st.just("check-in"),
    PROCESSES,
    st.builds(CheckIn, st.sampled_from(["a", "b", "c"]), st.integers(0, 6), st.integers(1, 3)),
)
CHANGES = st.tuples(
    st.just("change"),
    PROCESSES,
    st.sampled_from([0.5, 3.0]).map(lambda by: ChangePlan(Scale(op="scale", factor=by), ANY)),
)
ROLLBACKS = st.tuples(
    st.just("rollback"),
    PROCESSES,
    st.builds(OpenAttempt, st.integers(0, 4), st.just(ANY), st.sampled_from(["values", "changes", "nothing"])),
)
DOINGS = st.tuples(st.sampled_from(["hold", "let go", "fail", "cancel", "a moment"]), PROCESSES, st.none())
STEPS = st.lists(st.one_of(CHECK_INS, CHECK_INS, CHECK_INS, CHANGES, ROLLBACKS, DOINGS, DOINGS), max_size=60)


@dataclass
class World:
    """Two processes on one store, what was sent, and what was answered."""

    store: Store = field(default_factory=Store)
    journals: list[MemoryJournal] = field(default_factory=list[MemoryJournal])
    processes: list[Coordinator] = field(default_factory=list[Coordinator])
    sent: list[tuple[Command, asyncio.Task[Outcome]]] = field(
        default_factory=list[tuple[Command, "asyncio.Task[Outcome]"]]
    )

    async def start(self) -> None:
        self.journals = [MemoryJournal(self.store) for _ in range(2)]
        self.processes = [coordinator(journal) for journal in self.journals]
        await self.processes[0].handle("mnist", create(max_lookahead=3), actor="ada")

    async def do(self, what: str, process: int, command: Any) -> None:
        journal = self.journals[process]
        match what:
            case "hold":
                journal.hold()
            case "let go":
                journal.let_go()
            case "fail":
                journal.break_next_commit()
            case "cancel":
                for _, task in self.sent[-2:]:
                    task.cancel()
            case "a moment":
                for _ in range(6):
                    await asyncio.sleep(0)
            case _:
                handled = self.processes[process].handle("mnist", command, actor=what)
                self.sent.append((command, asyncio.create_task(handled)))
                await asyncio.sleep(0)

    async def end(self) -> list[tuple[Command, Outcome]]:
        """What was answered, once everything is."""
        for journal in self.journals:
            journal.let_go()
        answers = await asyncio.gather(*(task for _, task in self.sent), return_exceptions=True)
        for answer in answers:
            assert isinstance(answer, (Outcome, SetpointError, asyncio.CancelledError)), answer
        pairs = zip((command for command, _ in self.sent), answers, strict=True)
        return [(command, answer) for command, answer in pairs if isinstance(answer, Outcome)]


def folded(events: list[Recorded]) -> Run:
    run = created("mnist", events[0])
    for event in events[1:]:
        run = evolve(run, event)
    return run


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_every_answer_is_true_of_what_was_written_and_goes_on_being_so(steps: list[tuple[str, int, Any]]) -> None:
    async def scenario() -> None:
        world = World()
        await world.start()
        for step in steps:
            await world.do(*step)
        answered = await world.end()

        events = [event for _, event in world.store.events]
        assert [event.id for event in events] == list(range(1, len(events) + 1))
        assert folded(events) == world.store.runs["mnist"]
        for command, outcome in answered:
            assert outcome.run == folded(events[: outcome.run.version])
            assert list(outcome.recorded) == [event for event in events if event in outcome.recorded]
            if isinstance(command, CheckIn):
                told = outcome.run.attempts[command.attempt - 1].sealed.value(0, command.epoch)
                kept = world.store.runs["mnist"].attempts[command.attempt - 1].sealed.value(0, command.epoch)
                assert told == kept
        for process in world.processes:
            seen = process.peek("mnist")
            assert seen is None or seen == folded(events[: seen.version])

    within(20, scenario)
