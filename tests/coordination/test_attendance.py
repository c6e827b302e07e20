"""Who is there: known by what was heard, by the observer's own monotonic clock."""

from setpoint.coordination.coordinator import Coordinator
from setpoint.errors import EpochTooFar
from setpoint.runs.command import Leave
from tests.coordination.memory import MemoryJournal, Store
from tests.coordination.runs import check_in, coordinator, create, within


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def seen(runs: Coordinator) -> list[tuple[str, int, bool, float]]:
    return [(each.name, each.epoch, each.gone, each.idle_seconds) for each in await runs.workers("mnist")]


def test_a_worker_is_gone_once_it_was_quiet_for_the_ttl() -> None:
    async def scenario() -> None:
        clock = Clock()
        runs = coordinator(MemoryJournal(), clock=clock)
        await runs.handle("mnist", create(), actor="ada")
        for worker in ("w1", "w0"):
            await runs.handle("mnist", check_in(0, worker), actor=worker)
        clock.now += 60
        await runs.handle("mnist", check_in(0, "w1"), actor="w1")  # a repeat: nothing is written, but it was heard
        clock.now += 31

        assert await seen(runs) == [("w0", 0, True, 91.0), ("w1", 0, False, 31.0)]

    within(10, scenario)


def test_after_a_restart_everyone_has_a_full_ttl() -> None:
    async def scenario() -> None:
        clock, store = Clock(), Store()
        before = coordinator(MemoryJournal(store), clock=clock)
        await before.handle("mnist", create(), actor="ada")
        await before.handle("mnist", check_in(0), actor="w0")
        clock.now += 5000
        runs = coordinator(MemoryJournal(store), clock=clock)
        clock.now += 89

        assert await seen(runs) == [("w0", 0, False, 89.0)]
        clock.now += 2
        assert await seen(runs) == [("w0", 0, True, 91.0)]

    within(10, scenario)


def test_a_check_in_that_is_told_to_wait_was_heard_all_the_same() -> None:
    async def scenario() -> None:
        clock = Clock()
        runs = coordinator(MemoryJournal(), clock=clock)
        await runs.handle("mnist", create(progress="slowest", workers=2), actor="ada")
        for epoch in (0, 1, 2, 2, 2):
            clock.now += 60
            try:
                await runs.handle("mnist", check_in(epoch), actor="w0")
            except EpochTooFar:
                continue

        assert await seen(runs) == [("w0", 2, False, 0.0)]

    within(10, scenario)


def test_who_left_is_not_there() -> None:
    async def scenario() -> None:
        runs = coordinator(MemoryJournal())
        await runs.handle("mnist", create(), actor="ada")
        await runs.handle("mnist", check_in(0), actor="w0")
        await runs.handle("mnist", Leave("w0"), actor="w0")

        assert await seen(runs) == []

    within(10, scenario)


def test_those_who_are_long_gone_take_no_memory() -> None:
    async def scenario() -> None:
        clock = Clock()
        runs = coordinator(MemoryJournal(), clock=clock)
        await runs.handle("mnist", create(), actor="ada")
        await runs.handle("mnist", check_in(0, "w0"), actor="w0")
        clock.now += 1000
        await runs.handle("mnist", check_in(0, "w1"), actor="w1")

        assert list(runs._attendance._last) == [("mnist", "w1")]
        assert [each[2] for each in await seen(runs)] == [True, False]

    within(10, scenario)
