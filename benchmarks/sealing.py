"""Durable seals a second, through the coordinator on SQLite, beside one commit each with the standard sqlite3.

    python -m benchmarks sealing [--json FILE]

Both write to the same folder in the same minute, each a few times in turn, so that the disk's mood tells on both.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import uvloop

from benchmarks.harness.goals import Row, main
from setpoint.coordination.attendance import Attendance
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.watch import Watch
from setpoint.journal.jobs import Committed
from setpoint.journal.sqlite.journal import opened
from setpoint.runs.command import CheckIn, Create
from setpoint.runs.settings import Settings

PLAIN = "one commit each, sqlite3"
GOAL = 9.0
"""How many times the seals of a plain loop."""
WORKERS = 64
SECONDS = 1.5
ROUNDS = 3
STEP_LR = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}


@dataclass(frozen=True, slots=True)
class Rate:
    """Seals a second, and how many of them a commit held."""

    per_second: float
    group: float


def one_commit_each(folder: Path) -> Rate:
    """A table of epochs and values, `synchronous=FULL`, one transaction for each."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS sealed (epoch INTEGER PRIMARY KEY, lr REAL NOT NULL)")
    first = connection.execute("SELECT coalesce(max(epoch), 0) + 1 FROM sealed").fetchone()[0]
    epoch, start = first, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        connection.execute("INSERT INTO sealed VALUES (?, ?)", (epoch, 0.1))
        epoch += 1
    took = time.perf_counter() - start
    connection.close()
    return Rate((epoch - first) / took, 1.0)


async def through_the_coordinator(folder: Path, runs: int) -> Rate:
    """64 workers, each at an epoch of its own that it seals, spread over `runs`."""
    commits: list[Committed] = []
    journal = await opened(folder / f"setpoint-{runs}.db", committed=commits.append)
    coordinator = Coordinator(journal, lambda: "2026-01-01T00:00:00.000Z", Watch(journal), Attendance(time.monotonic))
    settings = Settings.model_validate({"schedule": STEP_LR, "max_lookahead": 1000})
    for i in range(runs):
        await coordinator.handle(f"run-{i}", Create(settings), actor="bench")
    commits.clear()
    deadline, start = time.perf_counter() + SECONDS, time.perf_counter()
    seals = sum(await asyncio.gather(*(_seals(coordinator, f"run-{i % runs}", i, deadline) for i in range(WORKERS))))
    took = time.perf_counter() - start
    await journal.close()
    return Rate(seals / took, sum(commit.entries for commit in commits) / len(commits))


async def _seals(coordinator: Coordinator, run: str, worker: int, deadline: float) -> int:
    """How many epochs this worker sealed: always the first that is not yet decided on, so that each is a write."""
    seals, name = 0, f"w{worker}"
    while time.perf_counter() < deadline:
        # What the public ways show is durable only: the tip has the epoch that nobody has asked for yet.
        desk = coordinator._desks.get(run)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        assert desk is not None
        assert desk.tip is not None
        await coordinator.handle(run, CheckIn(name, desk.tip.attempt.frontier), actor=name)
        seals += 1
    return seals


def _rounds() -> dict[str, list[Rate]]:
    """All contestants, in turn."""
    found: dict[str, list[Rate]] = {}
    for _ in range(ROUNDS):
        for name, contestant in CONTESTANTS.items():
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
                found.setdefault(name, []).append(contestant(Path(folder)))
    return found


CONTESTANTS: dict[str, Callable[[Path], Rate]] = {
    PLAIN: one_commit_each,
    "64 workers on one run": lambda folder: uvloop.run(through_the_coordinator(folder, 1)),
    "64 workers on 64 runs": lambda folder: uvloop.run(through_the_coordinator(folder, 64)),
}


def measured() -> Iterator[Row]:
    rates = _rounds()
    plain = _median(rates[PLAIN])
    for name in rates.keys() - {PLAIN}:
        group = median(rate.group for rate in rates[name])
        ours = _median(rates[name])
        title = f"seals, {name}, in groups of {group:.0f} / {PLAIN}"
        yield Row(title, "1/s", ours, plain, ours / plain, at_least=GOAL)


def _median(rates: Sequence[Rate]) -> float:
    return median(rate.per_second for rate in rates)


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
