"""The network between a service and its database parts, and its callers go to another service too.

Histories as under `kill -9`, at two services with a link of their own to one PostgreSQL. What is sealed is asked of a
service that has no database meanwhile, whatever it failed to write: it is answered as ever.
"""

import asyncio
import random
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from proof import kills
from proof.caller import Caller, Lost
from proof.figure import Figure, none, some, told
from proof.harvest import from_postgres
from proof.kills import Outcome
from proof.link import Link, link
from proof.progress import Progress
from proof.recorder import Recorder
from proof.service import Service, in_memory, nursery
from tests.postgres.server import server

PARTED_SECONDS = (0.05, 0.6)
WHOLE_SECONDS = (0.05, 0.3)
ANSWER_SECONDS = 10.0
"""The network stays parted until there is an answer, so one that waits for it comes never."""


@dataclass(slots=True)
class Parted:
    """What came of it: how often a link parted, and what was answered meanwhile to who asked for what is sealed."""

    outcome: Outcome = field(default_factory=Outcome)
    times: int = 0
    asked: int = 0
    refused: int = 0
    wrong: int = 0


async def history(seed: int, times: int) -> Parted:
    """One history, in which links part so many times."""
    url, recorder, found = server().database(), Recorder(["first", "second"]), Parted()
    async with nursery() as source, AsyncExitStack() as stack:
        links = [await stack.enter_async_context(link(server().port)) for _ in range(2)]
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=in_memory()))
        services = [
            Service(source, Path(folder, f"replica-{i}"), url.replace(f":{server().port}/", f":{each.port}/"))
            for i, each in enumerate(links)
        ]

        async def part(chance: random.Random, _found: Outcome) -> None:
            for _ in range(times):
                await asyncio.sleep(chance.uniform(*WHOLE_SECONDS))
                which = chance.randrange(2)
                await _parted(links[which], services[which], chance, found)

        async def harvest(recorder: Recorder) -> None:
            await from_postgres(url, recorder.names, recorder.history, recorder.tick())

        found.outcome = await kills.played(seed, recorder, services, part, harvest)
    return found


async def _parted(between: Link, service: Service, chance: random.Random, found: Parted) -> None:
    caller = Caller(service.port)
    sealed = await _sealed(caller)
    between.part()
    found.times += 1
    await asyncio.sleep(chance.uniform(*PARTED_SECONDS))
    if sealed is not None:
        found.asked += 1
        await _asked_again(caller, *sealed, found)
    between.mend(broken=chance.random() < 0.5)
    caller.close()


async def _asked_again(caller: Caller, path: str, before: object, found: Parted) -> None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            again = await caller.ask("GET", path)
    except (Lost, TimeoutError):
        found.refused += 1
        return
    found.refused += again.status != 200
    found.wrong += again.status == 200 and again.body != before


async def _sealed(caller: Caller) -> tuple[str, object] | None:
    """Where a sealed epoch is asked for, and what is answered; None where there is none yet."""
    now = (await caller.ask("GET", "/v1/runs/first")).body
    path = f"/v1/runs/first/lr?epoch={now['frontier'] - 1}&attempt={now['attempt']}"
    reply = await caller.ask("GET", path)
    return (path, reply.body) if reply.status == 200 and reply.body["sealed"] else None


def run(histories: int = 50, times: int = 10) -> list[Figure]:
    """So many histories."""
    return asyncio.run(_run(histories, times))


async def _run(histories: int, times: int) -> list[Figure]:
    total, progress = Parted(), Progress("parted", histories)
    for seed in range(1, histories + 1):
        found = await history(seed, times)
        total.outcome.add(found.outcome)
        total.times += found.times
        total.asked += found.asked
        total.refused += found.refused
        total.wrong += found.wrong
        progress.step(f"{total.outcome.observations:,} observations, {len(total.outcome.violations)} violations")
    return figures(total)


def figures(found: Parted) -> list[Figure]:
    for seed, what in (*found.outcome.violations, *found.outcome.unexpected):
        print(f"parted: seed {seed}: {what}", flush=True)
    return [
        told("parted", "histories", found.outcome.histories),
        told("parted", "times a link parted", found.times),
        told("parted", "observations", found.outcome.observations),
        none("parted", "violations", len(found.outcome.violations)),
        none("parted", "unexpected answers and ends", len(found.outcome.unexpected)),
        some("parted", "sealed rates asked for meanwhile", found.asked),
        none("parted", "of these refused", found.refused),
        none("parted", "of these wrong", found.wrong),
    ]
