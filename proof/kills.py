"""Histories over HTTP under `kill -9`: workers, an operator and a watcher, and a service that dies at random moments.

A life of the service ends by SIGKILL after a random time, or at a failpoint of a commit. All actors send what was not
answered again. At the end what was answered is compared with what is stored, and all of it with the invariants.
"""

import asyncio
import random
import signal
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from proof.actor import Stage
from proof.caller import Caller
from proof.changer import Changer
from proof.checker import Violation, check
from proof.figure import Figure, Interrupted, none, some, told
from proof.harvest import harvest
from proof.history import Source, Value, bits_of
from proof.progress import Progress
from proof.recorder import Recorder
from proof.service import Nursery, Service, in_memory, nursery
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


def run(histories: int = 1000, size: Size = Size(), first_seed: int = 1) -> list[Figure]:
    """So many histories, with the seeds from `first_seed` on."""
    seeds = range(first_seed, first_seed + histories)
    print(f"kill -9: seeds {seeds[0]} to {seeds[-1]}", flush=True)
    total = Outcome()
    try:
        asyncio.run(judge(seeds, size, total))
    except KeyboardInterrupt:
        raise Interrupted(figures(total)) from None
    return figures(total)


async def judge(seeds: Sequence[int], size: Size, total: Outcome) -> None:
    """One history a seed, each added to `total`."""
    waiting, progress = iter(seeds), Progress("kill -9", len(seeds))

    async def some_of_them() -> None:
        async with nursery() as source:
            for seed in waiting:
                total.add(await history(source, seed, size))
                progress.step(f"{total.observations:,} observations, {len(total.violations)} violations")

    async with asyncio.TaskGroup() as beside:
        for _ in range(size.beside):
            beside.create_task(some_of_them())


def figures(outcome: Outcome) -> list[Figure]:
    for seed, violation in outcome.violations:
        print(f"kill -9: seed {seed}: {violation.invariant}: {violation.detail}", flush=True)
    for seed, what in outcome.unexpected:
        print(f"kill -9: seed {seed}: {what}", flush=True)
    hit = [some("kill -9", f"deaths at {place}", outcome.hits[place]) for place in PLACES]
    return [
        told("kill -9", "histories", outcome.histories),
        told("kill -9", "observations", outcome.observations),
        told("kill -9", "deaths", outcome.kills),
        some("kill -9", "deaths by SIGKILL", outcome.hits["SIGKILL"]),
        *hit,
        none("kill -9", "violations", len(outcome.violations)),
        none("kill -9", "unexpected answers and ends", len(outcome.unexpected)),
    ]


async def history(source: Nursery, seed: int, size: Size) -> Outcome:
    """One history, judged."""
    chance = random.Random(seed)
    found = Outcome(histories=1)
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        service = Service(source, Path(folder, "data"))
        recorder = Recorder(["first", "second"])
        stage = Stage(0, recorder, chance.sample(PLANS, 2))
        if not await service.start():
            raise RuntimeError(f"the service does not start: {service.said}")
        stage.port = service.port
        await _created(stage)
        async with asyncio.TaskGroup() as actors:
            for actor in _actors(stage, seed, chance):
                actors.create_task(actor.work())
            await _live_and_die(service, chance, size, found)
            stage.over.set()
        await _end(service, stage, seed, found)
    found.observations = len(recorder.history.values)
    found.statuses = recorder.statuses
    found.violations = [(seed, violation) for violation in check(recorder.history)]
    for answer, times in recorder.statuses.items():
        if int(answer.split()[2]) not in EXPECTED or "history-diverged" in answer:
            found.unexpected.append((seed, f"{times} times {answer}"))
    return found


async def _created(stage: Stage) -> None:
    caller = Caller(stage.port)
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


async def _end(service: Service, stage: Stage, seed: int, found: Outcome) -> None:
    """One more start, without any failpoint: every curve is asked for, the service is stopped, the store is read."""
    await service.end()
    await service.start()
    caller, recorder = Caller(stage.port), stage.recorder
    for run in range(len(recorder.names)):
        await _curves(caller, recorder, run)
    caller.close()
    code = await service.end(signal.SIGTERM)
    if code != 0:
        found.unexpected.append((seed, f"the service ended with {code} when it was told to: {service.said}"))
    harvest(service.data / "setpoint.db", recorder.names, recorder.history, recorder.tick())


async def _curves(caller: Caller, recorder: Recorder, run: int) -> None:
    path = f"/v1/runs/{recorder.names[run]}"
    attempts: int = (await caller.ask("GET", path)).body["attempt"]
    for attempt in range(1, attempts + 1):
        sent = recorder.tick()
        curve = (await caller.ask("GET", f"{path}/curve?attempt={attempt}")).body
        received = recorder.tick()
        for epoch, value in zip(range(curve["start"], curve["frontier"]), curve["lr"], strict=False):
            recorder.history.values.add(Value(run, attempt, epoch, bits_of(value), sent, received, Source.CURVE))
