"""A thousand workers come back after a restart: not in one wave, and all of them soon.

The service is killed and stays away long enough for each worker's pauses to have grown. What counts is what it answers
in each half second: steadily, and once it is back.
"""

import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from proof.figure import Figure, all_of, none, told
from proof.service import Service, in_memory, nursery

PROOF = "reconnects"
_PROCESSES = 4
_BUCKET = 0.5
MOST_OF_STEADY, MOST_SECONDS = 2.0, 5.0


@dataclass(frozen=True, slots=True)
class Course:
    """How many seconds each part lasts. By the time that the service is back, all pauses should have grown."""

    settling: float = 4.0
    steady: float = 8.0
    away: float = 4.0
    after: float = 8.0

    @property
    def seconds(self) -> float:
        return self.settling + self.steady + self.away + self.after


@dataclass(frozen=True, slots=True)
class Moments:
    """When the workers had settled, when the service was killed, when it served again."""

    settled: float
    killed: float
    back: float


def run(workers: int, course: Course = Course()) -> list[Figure]:
    return asyncio.run(_run(workers, course))


async def _run(workers: int, course: Course) -> list[Figure]:
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        async with nursery() as from_where:
            service = Service(from_where, Path(folder) / "data")
            assert await service.start(), service.said
            crowd = [
                await _crowd(service, workers * i // _PROCESSES, workers * (i + 1) // _PROCESSES, course)
                for i in range(_PROCESSES)
            ]
            for each in crowd:
                assert each.stdout is not None
                await each.stdout.readline()
            moments = await _restarted(service, course)
            told = [json.loads((await each.communicate())[0]) for each in crowd]
            await service.end()
    return figures(workers, told, moments)


async def _crowd(service: Service, first: int, stop: int, course: Course) -> Process:
    words = (f"http://127.0.0.1:{service.port}", str(first), str(stop - first), str(course.seconds))
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "proof.crowd", *words, stdout=PIPE)


async def _restarted(service: Service, course: Course) -> Moments:
    await asyncio.sleep(course.settling)
    settled = monotonic()
    await asyncio.sleep(course.steady)
    killed = monotonic()
    await service.end()
    await asyncio.sleep(course.away)
    assert await service.start(), service.said
    return Moments(settled, killed, monotonic())


def figures(workers: int, crowds: Sequence[dict[str, Any]], moments: Moments) -> list[Figure]:
    answered = [(worker, at) for crowd in crowds for worker, at in crowd["answered"]]
    steady = sum(moments.settled <= at < moments.killed for _, at in answered) / (moments.killed - moments.settled)
    buckets = Counter(int((at - moments.back) // _BUCKET) for _, at in answered if at > moments.killed + _BUCKET)
    first: dict[str, float] = {}
    for worker, at in sorted(answered, key=lambda each: each[1]):
        if at > moments.killed + _BUCKET:
            first.setdefault(worker, at - moments.back)
    peak = max(buckets.values(), default=0) / _BUCKET
    ratio, last = peak / max(steady, 1e-9), max(first.values(), default=float("inf"))
    rates: dict[str, set[float]] = {}
    for crowd in crowds:
        for epoch, each in crowd["rates"].items():
            rates.setdefault(epoch, set()).update(each)
    return [
        all_of(PROOF, "workers that came back", len(first), workers),
        told(PROOF, "answers a second, steadily", round(steady)),
        told(PROOF, "answers a second, at the peak", round(peak)),
        Figure(PROOF, "peak beside steady", round(ratio, 2), f"<= {MOST_OF_STEADY}", ratio <= MOST_OF_STEADY),
        Figure(PROOF, "seconds until the last was well", round(last, 2), f"<= {MOST_SECONDS}", last <= MOST_SECONDS),
        none(PROOF, "errors raised in a training", sum(len(crowd["raised"]) for crowd in crowds)),
        none(PROOF, "epochs of two learning rates", sum(len(each) > 1 for each in rates.values())),
    ]
