"""Runs to act on, and a coordinator to act with."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from setpoint.coordination.attendance import Attendance
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.ports import Entry, Journal
from setpoint.coordination.watch import Watch
from setpoint.runs.change import Scale
from setpoint.runs.command import ChangePlan, CheckIn, Condition, Create
from setpoint.runs.decide import decide
from setpoint.runs.event import Event, Origin, Recorded
from setpoint.runs.evolve import created, evolve
from setpoint.runs.settings import Settings
from setpoint.runs.state import Run

T = TypeVar("T")

NOW = "2026-05-04T03:02:01.000Z"
ORIGIN = Origin(NOW, "ada")
STEP_LR = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
ANY = Condition(None)
HALVE = ChangePlan(Scale(op="scale", factor=0.5, reason="too fast"), ANY)


def settings(**more: Any) -> Settings:
    return Settings.model_validate({"schedule": STEP_LR, **more})


def create(**more: Any) -> Create:
    return Create(settings(**more))


def check_in(epoch: int, worker: str = "w0", **more: Any) -> CheckIn:
    return CheckIn(worker, epoch, **more)


def coordinator(
    journal: Journal, *, most_desks: int = 100, clock: Callable[[], float] = lambda: 0.0, kept: int = 1024
) -> Coordinator:
    watch = Watch(journal, kept)
    return Coordinator(journal, lambda: NOW, watch, Attendance(clock), most_desks=most_desks)


def entry(run: Run | None, *events: Event, name: str = "mnist") -> Entry:
    """What a coordinator would append for `events` of the run."""
    version = 0 if run is None else run.version
    recorded = tuple(Recorded(version + i, event, ORIGIN) for i, event in enumerate(events, 1))
    after = run
    for each in recorded:
        after = created(name, each) if after is None else evolve(after, each)
    assert after is not None
    return Entry(version, recorded, after)


def creation(name: str = "mnist", **more: Any) -> Entry:
    return entry(None, *decide(None, create(**more), 1).events, name=name)


def sealing(run: Run, epoch: int, worker: str = "w0") -> Entry:
    return entry(run, *decide(run, check_in(epoch, worker), 1).events)


def within(seconds: float, work: Callable[[], Awaitable[T]]) -> T:
    """`work` on a loop of its own, or a failure rather than a test that hangs."""

    async def bounded() -> T:
        async with asyncio.timeout(seconds):
            return await work()

    return asyncio.run(bounded())
