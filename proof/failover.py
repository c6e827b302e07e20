"""The primary is killed under load and its standby takes over, with synchronous replication and without.

Synchronously, histories as under `kill -9`, at two services that know both servers: nothing that was acknowledged is
lost, and no epoch has two values. Asynchronously, what the standby had not got is lost, and found out: the worker that
holds it is told so, nothing more is sealed in that attempt, and a new one goes on.
"""

import asyncio
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proof import kills
from proof.caller import Caller, Lost, Reply
from proof.figure import Figure, none, some, told
from proof.harvest import from_postgres
from proof.kills import Outcome
from proof.link import link
from proof.pair import Pair, asked, pair, until
from proof.recorder import Recorder
from proof.service import Service, in_memory, nursery

BEFORE_SECONDS = (0.3, 1.2)
"""How long all goes well before each fail-over."""
LOOKAHEAD = 8
RUN = {"schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}, "max_lookahead": LOOKAHEAD}


class Timed(Recorder):
    """Knows for how long nobody was answered a check-in."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names)
        self._last = 0.0
        self.gap = 0.0

    def checked_in(self, request: str, run: int, body: Mapping[str, Any], sent: int) -> None:
        now = asyncio.get_running_loop().time()
        if self._last:
            self.gap = max(self.gap, now - self._last)
        self._last = now
        super().checked_in(request, run, body, sent)


@dataclass(slots=True)
class Synchronous:
    """What came of fail-overs with synchronous replication."""

    outcome: Outcome = field(default_factory=Outcome)
    fail_overs: int = 0
    gap: float = 0.0


async def synchronous(seed: int, fail_overs: int) -> Synchronous:
    """One history with so many fail-overs in it."""
    recorder = Timed(["first", "second"])
    async with nursery() as source, pair(synchronous=True) as servers:
        await servers.begin()
        with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
            services = [Service(source, Path(folder, f"replica-{i}"), servers.url) for i in range(2)]

            async def take_over(chance: random.Random, _found: Outcome) -> None:
                for _ in range(fail_overs):
                    await asyncio.sleep(chance.uniform(*BEFORE_SECONDS))
                    await servers.fail_over()
                    await servers.follow()
                await asyncio.sleep(chance.uniform(*BEFORE_SECONDS))

            async def harvest(recorder: Recorder) -> None:
                await from_postgres(servers.url, recorder.names, recorder.history, recorder.tick())

            outcome = await kills.played(seed, recorder, services, take_over, harvest)
    return Synchronous(outcome, fail_overs, recorder.gap)


@dataclass(slots=True)
class Asynchronous:
    """What came of one fail-over without: how many acknowledged epochs were lost, and whether that was found out."""

    lost: int = 0
    told: list[str] = field(default_factory=list[str])
    """What was answered to who holds what is lost, and to who asks for more, at each service."""
    goes_on: bool = False

    @property
    def detected(self) -> bool:
        return len(self.told) > 0 and set(self.told) == {"history-diverged"} and self.goes_on


async def asynchronous(seed: int) -> Asynchronous:
    """A primary dies with some seconds of work that its standby never had."""
    chance = random.Random(seed)
    async with nursery() as source, pair(synchronous=False) as servers, link(servers.primary.port) as between:
        await servers.begin(through=between.port)
        with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
            services = [Service(source, Path(folder, f"replica-{i}"), servers.url) for i in range(2)]
            for service in services:
                assert await service.start(), service.said
            callers = [Caller(service.port) for service in services]
            found = await _lost(servers, callers, between.part, chance)
            for caller in callers:
                caller.close()
            for service in services:
                await service.end()
    return found


async def _lost(servers: Pair, callers: Sequence[Caller], part: Any, chance: random.Random) -> Asynchronous:
    assert (await callers[0].ask("PUT", "/v1/runs/r", RUN)).status == 201
    kept = chance.randint(0, 6)
    stop = kept + chance.randint(2, LOOKAHEAD)
    await _trained(callers, range(kept))
    await until(lambda: _caught_up(servers))
    part()
    held = await _trained(callers, range(kept, stop))
    await servers.fail_over()
    found = Asynchronous()
    for caller in callers:
        for body in ({"epoch": stop, "held": held}, {"epoch": stop}, {"epoch": kept + 1}):
            found.told.append((await _answered(caller, "PUT", "/v1/runs/r/workers/w", body)).problem)
    stored = (await _answered(callers[0], "GET", "/v1/runs/r")).body["frontier"]
    found.lost = stop - stored
    opened = await _answered(callers[1], "POST", "/v1/runs/r/attempts", {"from_epoch": stored, "reason": "lost"})
    again = await _answered(callers[0], "PUT", "/v1/runs/r/workers/w", {"epoch": stored, "attempt": 2})
    found.goes_on = opened.status == 201 and again.status == 200
    return found


async def _trained(callers: Sequence[Caller], epochs: range) -> Mapping[str, Any]:
    """Acknowledged check-ins at each of these, with no lookahead; the last grant."""
    held: Mapping[str, Any] = {}
    for epoch in epochs:
        grant = (await _answered(callers[epoch % 2], "PUT", "/v1/runs/r/workers/w", {"epoch": epoch})).body["grant"]
        held = {name: grant[name] for name in ("start", "stop", "digest", "incarnation")}
    return held


async def _answered(caller: Caller, method: str, path: str, body: object = None) -> Reply:
    while True:
        try:
            reply = await caller.ask(method, path, body, {"If-Match": "*"})
        except Lost:
            continue
        if reply.status != 503:
            return reply
        await asyncio.sleep(0.05)


async def _caught_up(servers: Pair) -> bool:
    at = await asked(servers.primary, "SELECT pg_current_wal_lsn()::text")
    return bool(await asked(servers.standby, f"SELECT pg_last_wal_replay_lsn() >= '{at}'::pg_lsn"))


def run(synchronously: int = 50, asynchronously: int = 10, in_a_history: int = 10) -> list[Figure]:
    """So many fail-overs of each kind."""
    return asyncio.run(_run(synchronously, asynchronously, in_a_history))


async def _run(synchronously: int, asynchronously: int, in_a_history: int) -> list[Figure]:
    total = Synchronous()
    for seed in range(1, 1 + -(-synchronously // in_a_history)):
        found = await synchronous(seed, min(in_a_history, synchronously - total.fail_overs))
        total.outcome.add(found.outcome)
        total.fail_overs += found.fail_overs
        total.gap = max(total.gap, found.gap)
        print(f"fail-over: {total.fail_overs}, {len(total.outcome.violations)} violations", flush=True)
    lossy = [await asynchronous(seed) for seed in range(asynchronously)]
    return figures(total, lossy)


def figures(found: Synchronous, lossy: Sequence[Asynchronous]) -> list[Figure]:
    for seed, what in (*found.outcome.violations, *found.outcome.unexpected):
        print(f"fail-over: seed {seed}: {what}", flush=True)
    lost = [each for each in lossy if each.lost]
    undetected = [each for each in lost if not each.detected]
    for each in undetected:
        print(f"fail-over: not found out: {each}", flush=True)
    return [
        told("fail-over", "synchronous", found.fail_overs),
        told("fail-over", "observations", found.outcome.observations),
        none("fail-over", "lost, doubled or otherwise violated", len(found.outcome.violations)),
        none("fail-over", "unexpected answers and ends", len(found.outcome.unexpected)),
        told("fail-over", "longest without a check-in, ms", round(1000 * found.gap)),
        some("fail-over", "asynchronous, with epochs lost", len(lost)),
        none("fail-over", "of these not found out", len(undetected)),
    ]
