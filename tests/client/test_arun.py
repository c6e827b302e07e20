"""A run on asyncio: the same, with nothing that holds up the loop."""

import asyncio
import pickle
import threading
from collections.abc import AsyncGenerator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

import pytest

from setpoint import AsyncRun, EpochTooFar, StaleAttempt
from setpoint.client.events import Event
from setpoint.testing import Service

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
WORKERS = 12


def run(program: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(program, 30))


async def first_change(happens: AsyncGenerator[Event]) -> Event:
    async for event in happens:
        if event.kind == "change":
            return event
    raise AssertionError("it ended")


def test_it_trains_alike(served: Service) -> None:
    async def program() -> None:
        groups = {"head": {"kind": "constant", "initial_lr": 1.0}}
        run = await AsyncRun.join(served.url, "async", schedule=STEP, groups=groups, hyperparameters={"momentum": 0.9})

        rates = [await run.lr(epoch) for epoch in range(7)]
        run.report(6, 0.5)

        assert rates == [0.1] * 5 + [0.05] * 2
        assert await run.groups(6) == {"head": 1.0}
        assert await run.hyperparameters(6) == {"momentum": 0.9}
        assert (run.name, run.attempt, run.state, run.fault) == ("async", 1, "ready", None)
        assert await run.finish()

    run(program())


def test_many_runs_share_one_loop(served: Service) -> None:
    async def train(worker: str) -> list[float]:
        async with await AsyncRun.join(served.url, "async-many", schedule=STEP, worker=worker) as run:
            return [await run.lr(epoch) for epoch in range(7)]

    async def program() -> None:
        trained = await asyncio.gather(*(train(f"rank{rank}") for rank in range(6)))

        assert trained == [[0.1] * 5 + [0.05] * 2] * 6

    run(program())


def test_more_runs_than_there_are_threads_can_wait_for_each_other(served: Service) -> None:
    settings: dict[str, Any] = {"schedule": STEP, "progress": "slowest", "workers": WORKERS, "max_lookahead": 0}

    async def train(worker: str) -> list[float]:
        async with await AsyncRun.join(served.url, "async-crowd", worker=worker, **settings) as run:
            rates = [await run.lr(epoch) for epoch in range(3)]
            return [*rates, (await run.groups(2)).get("head", 0.0)]

    async def program() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        trained = await asyncio.gather(*(train(f"rank{rank}") for rank in range(WORKERS)))

        assert trained == [[0.1, 0.1, 0.1, 0.0]] * WORKERS

    run(program())


def test_who_stops_to_wait_leaves_nothing_behind(served: Service) -> None:
    async def program() -> None:
        settings: dict[str, Any] = {"progress": "slowest", "workers": 2, "max_lookahead": 0}
        async with await AsyncRun.join(served.url, "async-cancelled", schedule=STEP, **settings) as run:
            await run.lr(0)
            waiting = asyncio.create_task(run.lr(1))
            await asyncio.sleep(0.05)
            waiting.cancel()

            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert run.run.contact._listeners == []

    run(program())
    assert "setpoint-run" not in [thread.name for thread in threading.enumerate()]


def test_a_pickled_run_is_the_same_worker(served: Service) -> None:
    async def program() -> None:
        async with await AsyncRun.join(served.url, "async-pickled", schedule=STEP, worker="a") as run:
            await run.lr(0)
            async with pickle.loads(pickle.dumps(run)) as other:
                assert (other.name, other.worker, other.place, other.known_lr(1)) == (run.name, "a", run.place, 0.1)
                assert other.facts == run.facts
                assert other.state_dict() == {"run": "async-pickled", "attempt": 1, "epoch": 1}

    run(program())


def test_a_wait_for_the_service_leaves_the_loop_free(served: Service) -> None:
    async def program() -> None:
        settings: dict[str, Any] = {"progress": "slowest", "workers": 2, "max_lookahead": 0, "wait_seconds": 0.5}
        async with await AsyncRun.join(served.url, "async-slow", schedule=STEP, **settings) as run:
            await run.lr(0)
            waiting = asyncio.create_task(run.lr(1))
            await asyncio.sleep(0.1)
            assert not waiting.done()

            with pytest.raises(EpochTooFar):
                await waiting

    run(program())


def test_changes_rollbacks_and_events_are_awaited(served: Service) -> None:
    async def program() -> None:
        async with await AsyncRun.join(served.url, "async-change", schedule=STEP, worker="a") as run:
            zombie = await AsyncRun.join(served.url, "async-change", schedule=STEP, worker="b")
            for each in (run, zombie):
                assert [await each.lr(epoch) for epoch in range(4)] == [0.1] * 4
            async with aclosing(run.events()) as happens:
                happening = asyncio.create_task(first_change(happens))
                while not happening.done():
                    await run.change("scale", factor=1.0, reason="x")
                    await asyncio.sleep(0.05)
                assert (await happening).data["reason"] == "x"
            opened = await run.rollback(2, scale=0.5, reason="y")

            assert (opened["attempt"], await run.lr(2)) == (2, 0.05)
            assert (await run.resume(2, key="k"))["attempt"] == 3
            with pytest.raises(StaleAttempt):
                await zombie.lr(9)
            await zombie.aclose()

    run(program())
