"""Power losses: a workload is recorded step by step, and the journal is opened on what each step may have left.

With `synchronous=FULL` every seal that was acknowledged must be found again with its bits, and every chain must hold.
With NORMAL some must be lost: a harness that sees nothing there would see nothing anywhere.
"""

import asyncio
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from proof.figure import Figure, none, some, told
from proof.history import bits_of
from proof.progress import Progress
from proof.recording import Disk, Keep, RecordingDisk, Step, everything, first, nothing
from proof.recording import some as any_of
from proof.service import in_memory
from setpoint.coordination.attendance import Attendance
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.watch import Watch
from setpoint.errors import Damaged, Refused
from setpoint.journal.sqlite import connection, writer
from setpoint.journal.sqlite.connection import FULL, Place
from setpoint.journal.sqlite.journal import opened
from setpoint.journal.unusable import StoreUnusable
from setpoint.runs.change import Scale
from setpoint.runs.command import ChangePlan, CheckIn, Condition, Create, OpenAttempt
from setpoint.runs.settings import Settings

NORMAL = 1
RUNS = ("a", "b", "c")
SCHEDULE = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
SETTINGS = Settings.model_validate({"schedule": SCHEDULE, "groups": {"head": SCHEDULE}, "max_lookahead": 4})
_WAVES = 40
_CHECKPOINT_PAGES = 60
"""Checkpoints are where the file itself is written: there must be many of them in few commits."""
_numbers = count(1)


class Acknowledged(NamedTuple):
    """A sealed value that somebody was given after so many steps."""

    after: int
    run: str
    attempt: int
    epoch: int
    bits: tuple[int, ...]


@dataclass(slots=True)
class Recording:
    steps: list[Step] = field(default_factory=list[Step])
    acknowledged: list[Acknowledged] = field(default_factory=list[Acknowledged])


@dataclass(slots=True)
class Losses:
    """What was found wrong, at how many points."""

    points: int = 0
    lost: int = 0
    """Points at which an acknowledged seal was missing, or had other bits."""
    damaged: int = 0
    unusable: int = 0


def run(points: int = 10_000, recordings: int = 10, first_seed: int = 1) -> list[Figure]:
    """So many crash points, over several recordings."""
    seeds = range(first_seed, first_seed + recordings)
    print(f"power loss: seeds {seeds[0]} to {seeds[-1]}", flush=True)
    full, normal = Losses(), Losses()
    progress = Progress("power loss", recordings)
    for seed in seeds:
        progress.step(f"{full.points} crash points, {full.lost} lost")
        _tried(seed, FULL, points // recordings, full)
        _tried(seed, NORMAL, points // recordings // 4, normal)
    return [
        told("power loss", "crash points with FULL", full.points),
        none("power loss", "points that lost an acknowledged seal, FULL", full.lost),
        none("power loss", "points that broke a chain, FULL", full.damaged),
        none("power loss", "points after which the store did not open, FULL", full.unusable),
        told("power loss", "crash points with NORMAL", normal.points),
        some("power loss", "points that lost an acknowledged seal, NORMAL", normal.lost),
    ]


def _tried(seed: int, synchronous: int, points: int, losses: Losses) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        recording = asyncio.run(record(Path(folder), synchronous, chance))
        for point, disk in reached(recording.steps, points, chance):
            keep = chance.choice((nothing, nothing, everything, first(chance), any_of(chance), any_of(chance)))
            _judge(Path(folder), recording, point, disk, keep, losses)


async def record(folder: Path, synchronous: int, chance: random.Random) -> Recording:
    """A few hundred commands on some runs, with all that they did to the disk."""
    name = f"recording{next(_numbers)}"
    disk = RecordingDisk(name)
    recording = Recording(disk.steps)
    place = Place(folder / "recorded.db", name, synchronous, synchronous)

    def folder_synced(_: Path) -> None:
        disk.steps.append(Step("folder"))

    with (
        patch.object(writer, "CHECKPOINT_PAGES", _CHECKPOINT_PAGES),
        patch.object(connection, "_sync_folder", folder_synced),
    ):
        journal = await opened(place)
        runs = Coordinator(journal, lambda: "2026-05-04T03:02:01.000Z", Watch(journal), Attendance(lambda: 0.0))
        for each in RUNS:
            await runs.handle(each, Create(SETTINGS), actor="ada")
        for _ in range(_WAVES):
            await asyncio.gather(*(_act(runs, recording, chance) for _ in range(chance.randint(1, 8))))
        await journal.close()
    return recording


async def _act(runs: Coordinator, recording: Recording, chance: random.Random) -> None:
    """One command, and what it acknowledged."""
    name = chance.choice(RUNS)
    run = await runs.look(name)
    number, frontier = run.attempt.number, run.attempt.frontier
    draw = chance.random()
    try:
        if draw < 0.1:
            scale = Scale(op="scale", factor=chance.choice((0.5, 0.9)), reason="drawn")
            await runs.handle(name, ChangePlan(scale, Condition(None)), actor="ada")
        elif draw < 0.13:
            await runs.handle(name, OpenAttempt(chance.randint(0, frontier), Condition(None)), actor="ada")
        else:
            command = CheckIn(f"w{chance.randint(0, 3)}", frontier, number, chance.randint(0, 4))
            after = (await runs.handle(name, command, actor="w")).run.attempts[number - 1]
            for epoch in range(frontier, after.frontier):
                bits = tuple(bits_of(after.sealed.value(column, epoch)) for column in range(2))
                recording.acknowledged.append(Acknowledged(len(recording.steps), name, number, epoch, bits))
    except Refused:
        return


def reached(steps: Sequence[Step], points: int, chance: random.Random) -> Iterator[tuple[int, Disk]]:
    """The disk after some of the steps, all of them where there are no more than `points`; some twice where fewer."""
    chosen = sorted(chance.choices(range(len(steps) + 1), k=points))
    disk, done = Disk(), 0
    for point in chosen:
        while done < point:
            disk.take(steps[done])
            done += 1
        yield point, disk


def _judge(folder: Path, recording: Recording, point: int, disk: Disk, keep: Keep, losses: Losses) -> None:
    losses.points += 1
    path = folder / "found.db"
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    for suffix, content in disk.after_power_loss(keep).items():
        Path(f"{path}{suffix}").write_bytes(content)
    try:
        asyncio.run(_found(path, [each for each in recording.acknowledged if each.after <= point]))
    except StoreUnusable:
        losses.unusable += 1
    except Damaged:
        losses.damaged += 1
    except Missing:
        losses.lost += 1


class Missing(Exception):
    """What was acknowledged is not there."""


async def _found(path: Path, acknowledged: Sequence[Acknowledged]) -> None:
    """Open the store as the service does, and look for all of it."""
    journal = await opened(path)
    try:
        runs = {name: await journal.load(name) for name in RUNS}
    finally:
        await journal.close()
    for each in acknowledged:
        run = runs[each.run]
        if run is None or each.attempt > run.attempt.number:
            raise Missing
        attempt = run.attempts[each.attempt - 1]
        if each.epoch >= attempt.frontier:
            raise Missing
        if tuple(bits_of(attempt.sealed.value(column, each.epoch)) for column in range(2)) != each.bits:
            raise Missing
