"""Durable check-ins a second on PostgreSQL: grouped by the coordinator, beside asyncpg with one transaction each.

Both ask the same server in the same minute, in turn, so that its mood tells on both. It is one of the tests' own. Where
other programs want the processor too, who has more processes is given more of it: the time that a check-in takes of
processors, the asker's and the server's, is steady.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import uvloop

from benchmarks.harness.goals import Row, main
from setpoint.coordination.attendance import Attendance
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.watch import Watch
from setpoint.journal.jobs import Committed
from setpoint.journal.postgres.address import parsed
from setpoint.journal.postgres.journal import opened
from setpoint.runs.command import CheckIn, Create
from setpoint.runs.settings import Settings
from tests.postgres.server import Server

GOAL = 5.0
"""How many times the check-ins of one transaction each."""
WORKERS = 64
CONNECTIONS = 16
"""Of the peer: more were slower on two cores."""
SECONDS = 2.0
ROUNDS = 3
PLAIN, GROUPED = "asyncpg, one transaction each", "setpoint, in groups"
STEP_LR = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}


@dataclass(frozen=True, slots=True)
class Rate:
    """Check-ins a second, and how many of them a commit held."""

    name: str
    runs: int
    per_second: float
    group: float
    cpu_microseconds: float = 0.0
    """Of the asking process and of the server's, for one check-in."""


async def one_transaction_each(url: str, runs: int) -> Rate:
    """What a service without groups does: lock the run's row, write the report and the value, move the run on."""
    async with asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        await pool.execute("DROP TABLE IF EXISTS run, event")
        await pool.execute("CREATE TABLE run (name text PRIMARY KEY, version bigint, frontier bigint)")
        await pool.execute("CREATE TABLE event (run text, id bigint, payload bytea, PRIMARY KEY (run, id))")
        await pool.executemany("INSERT INTO run VALUES ($1, 0, 0)", [(f"run-{i}",) for i in range(runs)])

        async def check_in(run: str) -> None:
            async with pool.acquire() as connection, connection.transaction():
                version = await connection.fetchval("SELECT version FROM run WHERE name = $1 FOR UPDATE", run)
                events = [(run, version + 1, b"reported"), (run, version + 2, bytes(64))]
                await connection.executemany("INSERT INTO event VALUES ($1, $2, $3)", events)
                await connection.execute(
                    "UPDATE run SET version = $2, frontier = frontier + 1 WHERE name = $1", run, version + 2
                )

        return Rate(PLAIN, runs, await _rate(runs, check_in), 1.0)


async def through_the_coordinator(url: str, runs: int) -> Rate:
    """64 workers, each at an epoch of its own that it seals, spread over `runs`."""
    commits: list[Committed] = []
    journal = await opened(parsed(url), committed=commits.append)
    coordinator = Coordinator(journal, lambda: "2026-01-01T00:00:00.000Z", Watch(journal), Attendance(time.monotonic))
    following = asyncio.create_task(coordinator.follow())
    settings = Settings.model_validate({"schedule": STEP_LR, "max_lookahead": 1000})
    prefix = f"at-{time.time_ns()}"
    for i in range(runs):
        await coordinator.handle(f"{prefix}-run-{i}", Create(settings), actor="bench")
    commits.clear()

    async def check_in(run: str) -> None:
        # What the public ways show is durable only: the tip has the epoch that nobody has asked for yet.
        desk = coordinator._desks.get(f"{prefix}-{run}")  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        frontier = 0 if desk is None or desk.tip is None else desk.tip.attempt.frontier
        await coordinator.handle(f"{prefix}-{run}", CheckIn("w", frontier), actor="w")

    per_second = await _rate(runs, check_in)
    following.cancel()
    await journal.close()
    return Rate(GROUPED, runs, per_second, sum(each.entries for each in commits) / len(commits))


async def _rate(runs: int, check_in: Callable[[str], Awaitable[None]]) -> float:
    start = time.perf_counter()
    deadline = start + SECONDS

    async def worker(run: str) -> int:
        done = 0
        while time.perf_counter() < deadline:
            await check_in(run)
            done += 1
        return done

    done = sum(await asyncio.gather(*(worker(f"run-{i % runs}") for i in range(WORKERS))))
    return done / (time.perf_counter() - start)


def _rounds(server: Server) -> list[Rate]:
    """All contestants, in turn."""
    url, contestants = server.database(), (one_transaction_each, through_the_coordinator)
    return [
        _with_cpu(server, contestant(url, runs))
        for _ in range(ROUNDS)
        for runs in (1, WORKERS)
        for contestant in contestants
    ]


def _with_cpu(server: Server, contest: Coroutine[Any, Any, Rate]) -> Rate:
    before = _cpu_seconds(server)
    rate = uvloop.run(contest)
    spent = _cpu_seconds(server) - before
    return replace(rate, cpu_microseconds=1e6 * spent / (rate.per_second * SECONDS))


def _cpu_seconds(server: Server) -> float:
    """Of this process, and of the server's processes, those that have ended too."""
    assert server.process is not None
    ticks, main = 0, server.process.pid
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, rest = stat.parent.name, stat.read_text().rpartition(")")[2].split()
            if int(pid) == main:
                ticks += sum(int(each) for each in rest[11:15])
            elif int(rest[1]) == main:
                ticks += int(rest[11]) + int(rest[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def measured() -> Iterator[Row]:
    server = Server.made()
    try:
        server.start()
        rates = _rounds(server)
    finally:
        server.removed()
    for runs, goal in ((1, GOAL), (WORKERS, None)):  # the workers of a run are what the service is for
        plain, grouped = (_median(rates, name, runs) for name in (PLAIN, GROUPED))
        title = f"check-ins of {WORKERS} workers, runs: {runs} / {PLAIN}"
        yield Row(title, "1/s", grouped.per_second, plain.per_second, grouped.per_second / plain.per_second, goal)
        ours, theirs = grouped.cpu_microseconds, plain.cpu_microseconds
        yield Row("CPU for one, the server's with it", "us", ours, theirs, theirs / ours)


def _median(rates: list[Rate], name: str, runs: int) -> Rate:
    here = [rate for rate in rates if (rate.name, rate.runs) == (name, runs)]
    facts = ([r.per_second for r in here], [r.group for r in here], [r.cpu_microseconds for r in here])
    return Rate(name, runs, *(median(fact) for fact in facts))


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
