"""Histories over HTTP under `kill -9`: workers, an operator and a watcher, and a service that dies at random moments.

On PostgreSQL it is several services at once: each request goes to any of them, and each dies at moments of its own.

A life of the service ends by SIGKILL after a random time, or at a failpoint of a commit. All actors send what was not
answered again. At the end what was answered is compared with what is stored, and all of it with the invariants.
"""

import asyncio
import random
import signal
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from proof.actor import Stage
from proof.caller import Caller
from proof.changer import Changer
from proof.checker import Violation, check
from proof.figure import Figure, Interrupted, none, some, told
from proof.history import Source, Value, bits_of
from proof.progress import Progress
from proof.recorder import Recorder
from proof.service import Nursery, Service, in_memory, nursery
from proof.store import OnSqlite, Store
from proof.watcher import Watcher
from proof.worker import Worker
from setpoint.journal.failpoints import EXIT_CODE, PLACES

_LONGEST_SECONDS = 5.0
"""Workers that wait for a service commit something in it long before."""
EXPECTED = frozenset({200, 201, 204, 409, 412, 422})
PLANS: tuple[Mapping[str, object], ...] = (
    {
        "schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5},
        "max_lookahead": 32,
    },
    {
        "schedule": {"kind": "cosine", "initial_lr": 0.3, "epochs": 300, "min_lr": 0.0},
        "groups": {"head": {"kind": "exponential", "initial_lr": 0.05, "gamma": 0.97}},
        "hyperparameters": {"momentum": 0.9},
        "max_lookahead": 24,
        "start_epoch": 3,
    },
    {
        "schedule": {"kind": "constant", "initial_lr": 0.01},
        "plateau": {"variant": "torch", "patience": 1, "factor": 0.5},
        "max_lookahead": 6,
    },
)


@dataclass(slots=True)
class Outcome:
    """What came of some histories."""

    histories: int = 0
    observations: int = 0
    kills: int = 0
    hits: Counter[str] = field(default_factory=Counter[str])
    statuses: Counter[str] = field(default_factory=Counter[str])
    violations: list[tuple[int, Violation]] = field(default_factory=list[tuple[int, Violation]])
    unexpected: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def add(self, other: "Outcome") -> None:
        self.histories += other.histories
        self.observations += other.observations
        self.kills += other.kills
        self.hits += other.hits
        self.statuses += other.statuses
        self.violations += other.violations
        self.unexpected += other.unexpected


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it: lives of the service in a history, how long each at most, and how many histories side by side."""

    lives: int = 6
    longest_life: float = 0.4
    beside: int = 2


ON_SQLITE = OnSqlite()


def run(histories: int = 1000, size: Size = Size(), first_seed: int = 1, store: Store = ON_SQLITE) -> list[Figure]:
    """So many histories, with the seeds from `first_seed` on."""
    seeds = range(first_seed, first_seed + histories)
    total = Outcome()
    try:
        print(f"{store.name}: seeds {seeds[0]} to {seeds[-1]}", flush=True)
        asyncio.run(judge(seeds, size, total, store))
    except KeyboardInterrupt:
        raise Interrupted(figures(total, store.name)) from None
    return figures(total, store.name)


async def judge(seeds: Sequence[int], size: Size, total: Outcome, store: Store = ON_SQLITE) -> None:
    """One history a seed, each added to `total`."""
    waiting, progress = iter(seeds), Progress(store.name, len(seeds))

    async def some_of_them() -> None:
        async with nursery() as source:
            for seed in waiting:
                total.add(await history(source, seed, size, store))
                progress.step(f"{total.observations:,} observations, {len(total.violations)} violations")

    async with asyncio.TaskGroup() as beside:
        for _ in range(size.beside):
            beside.create_task(some_of_them())


def figures(outcome: Outcome, name: str = ON_SQLITE.name) -> list[Figure]:
    for seed, violation in outcome.violations:
        print(f"{name}: seed {seed}: {violation.invariant}: {violation.detail}", flush=True)
    for seed, what in outcome.unexpected:
        print(f"{name}: seed {seed}: {what}", flush=True)
    hit = [some(name, f"deaths at {place}", outcome.hits[place]) for place in PLACES]
    return [
        told(name, "histories", outcome.histories),
        told(name, "observations", outcome.observations),
        told(name, "deaths", outcome.kills),
        some(name, "deaths by SIGKILL", outcome.hits["SIGKILL"]),
        *hit,
        none(name, "violations", len(outcome.violations)),
        none(name, "unexpected answers and ends", len(outcome.unexpected)),
    ]


async def history(source: Nursery, seed: int, size: Size, store: Store = ON_SQLITE) -> Outcome:
    """One history, judged."""
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        services = store.services(source, Path(folder))

        async def die(chance: random.Random, found: Outcome) -> None:
            fates = [chance, *(random.Random(f"{seed}-{i}") for i in range(1, len(services)))]
            await asyncio.gather(*(_live_and_die(*pair, size, found) for pair in zip(services, fates, strict=True)))

        return await played(seed, Recorder(["first", "second"]), services, die, partial(store.harvest, services))


async def played(
    seed: int,
    recorder: Recorder,
    services: Sequence[Service],
    happens: Callable[[random.Random, Outcome], Awaitable[None]],
    harvest: Callable[[Recorder], Awaitable[None]],
) -> Outcome:
    """A history at `services`, during which something `happens` to them; judged, with what is stored at the end."""
    chance, found = random.Random(seed), Outcome(histories=1)
    for service in services:
        if not await service.start():
            raise RuntimeError(f"the service does not start: {service.said}")
    stage = Stage([service.port for service in services], recorder, chance.sample(PLANS, 2))
    await _created(stage)
    async with asyncio.TaskGroup() as actors:
        for actor in _actors(stage, seed, chance):
            actors.create_task(actor.work())
        await happens(chance, found)
        stage.over.set()
    await _end(services, stage, seed, found)
    await harvest(recorder)
    found.observations = len(recorder.history.values)
    found.statuses = recorder.statuses
    found.violations = [(seed, violation) for violation in check(recorder.history)]
    for answer, times in recorder.statuses.items():
        if int(answer.split()[2]) not in EXPECTED or "history-diverged" in answer:
            found.unexpected.append((seed, f"{times} times {answer}"))
    return found


async def _created(stage: Stage) -> None:
    caller = Caller(stage.ports[0])
    for name, plan in zip(stage.recorder.names, stage.plans, strict=True):
        reply = await caller.ask("PUT", f"/v1/runs/{name}", plan)
        assert reply.status == 201, reply
    caller.close()


def _actors(stage: Stage, seed: int, chance: random.Random) -> "list[Worker | Changer | Watcher]":
    actors: list[Worker | Changer | Watcher] = [Changer(stage, "operator", f"{seed}-operator")]
    for i in range(chance.randint(8, 16)):
        start = stage.plans[i % 2].get("start_epoch", 0)
        assert isinstance(start, int)
        actors.append(Worker(stage, f"w{i}", f"{seed}-{i}", i % 2, start))
    actors += [Watcher(stage, f"watcher{run}", f"{seed}-watcher{run}", run) for run in range(2)]
    return actors


async def _live_and_die(service: Service, chance: random.Random, size: Size, found: Outcome) -> None:
    """The service's lives, from the one it has: every one ends badly but the last, which is cut short later."""
    await _ended(service, "", chance.uniform(0.02, size.longest_life), found)
    for _ in range(size.lives - 2):
        place = chance.choice(PLACES) if chance.random() < 0.5 else ""
        await service.start(f"{place}=exit:{chance.randint(1, 8)}" if place else "")
        await _ended(service, place, chance.uniform(0.02, size.longest_life), found)
    await service.start()
    await service.lived(chance.uniform(0.02, size.longest_life))


async def _ended(service: Service, place: str, seconds: float, found: Outcome) -> None:
    """It dies at its failpoint, as soon as a commit gets there; without one it is killed after so long."""
    survived = await service.lived(_LONGEST_SECONDS if place else seconds)
    code = await service.end() if survived else service.code
    found.kills += 1
    _count(code, place, found)


def _count(code: int | None, place: str, found: Outcome) -> None:
    if code == EXIT_CODE:
        found.hits[place] += 1
    elif code == -signal.SIGKILL:
        found.hits["SIGKILL"] += 1
    else:
        found.unexpected.append((0, f"the service ended with {code}"))


async def _end(services: Sequence[Service], stage: Stage, seed: int, found: Outcome) -> None:
    """One more start, without any failpoint: each is asked for every curve, and is stopped."""
    for service in services:
        await service.end()
    for service in services:
        await service.start()
        caller, recorder = Caller(service.port), stage.recorder
        for run in range(len(recorder.names)):
            await _curves(caller, recorder, run)
        caller.close()
        code = await service.end(signal.SIGTERM)
        if code != 0:
            found.unexpected.append((seed, f"the service ended with {code} when it was told to: {service.said}"))


async def _curves(caller: Caller, recorder: Recorder, run: int) -> None:
    path = f"/v1/runs/{recorder.names[run]}"
    attempts: int = (await caller.ask("GET", path)).body["attempt"]
    for attempt in range(1, attempts + 1):
        sent = recorder.tick()
        curve = (await caller.ask("GET", f"{path}/curve?attempt={attempt}")).body
        received = recorder.tick()
        for epoch, value in zip(range(curve["start"], curve["frontier"]), curve["lr"], strict=False):
            recorder.history.values.add(Value(run, attempt, epoch, bits_of(value), sent, received, Source.CURVE))
