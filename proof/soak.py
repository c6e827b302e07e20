"""Half an hour at 500 check-ins a second while 200 watch: no error, and the service grows in nothing."""

import asyncio
import os
import sys
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from statistics import median

from proof.figure import Figure, none, told
from proof.load import Load, request
from proof.service import Service, nursery

RATE, STREAMS, RUNS, WORKERS = 500, 200, 50, 10
EPOCHS = 90
"""After so many a run is finished and another begins, as in life: what is kept of a run grows with its epochs."""
OF_ALL = 50
"""One in so many watches all runs."""
PAUSE_SECONDS = 5.0
ALLOWED_GROWTH = 0.08
"""Of memory, from the second quarter to the last: what an allocator may do."""


class Trainings:
    """Runs that come and go, each with its workers, which check in one after the other.

    A run is created long before its workers check in, and finished long after: nothing waits for an answer here.
    """

    def __init__(self) -> None:
        self._numbers = count()
        self.names = [self._name() for _ in range(RUNS)]
        self._before = [""] * RUNS
        self._after = [""] * RUNS
        # They are out of step, so that they do not all end at once.
        self._epochs = [EPOCHS * i // RUNS for i in range(RUNS)]
        self._requests = self._endless()

    @property
    def first(self) -> list[bytes]:
        """What is to be asked before the rest."""
        return [_created(name) for name in self.names]

    def next(self) -> bytes:
        return next(self._requests)

    def _name(self) -> str:
        return f"soak-{next(self._numbers)}"

    def _endless(self) -> Iterator[bytes]:
        while True:
            for i in range(RUNS):
                yield from self._round(i)

    def _round(self, i: int) -> Iterator[bytes]:
        epoch = self._epochs[i]
        for worker in range(WORKERS):
            yield request("PUT", f"/v1/runs/{self.names[i]}/workers/w{worker}", {"epoch": epoch})
        if epoch == EPOCHS // 4 and self._before[i]:
            yield request("PATCH", f"/v1/runs/{self._before[i]}", {"state": "finished"})
        if epoch >= EPOCHS // 2 and not self._after[i]:
            self._after[i] = self._name()
            yield _created(self._after[i])
        self._epochs[i] += 1
        if self._epochs[i] >= EPOCHS and self._after[i]:
            self._before[i], self.names[i], self._after[i] = self.names[i], self._after[i], ""
            self._epochs[i] = 0


def _created(name: str) -> bytes:
    schedule = {"kind": "cosine", "initial_lr": 0.1, "epochs": 10 * EPOCHS}
    return request("PUT", f"/v1/runs/{name}", {"schedule": schedule, "max_lookahead": 2 * EPOCHS})


class Watchers:
    """Streams of runs and of all runs, each opened anew when its run is over."""

    def __init__(self, port: int, trainings: Trainings) -> None:
        self.events = 0
        self._port = port
        self._trainings = trainings
        self.tasks = [asyncio.create_task(self._watch(i)) for i in range(STREAMS)]

    async def _watch(self, i: int) -> None:
        while True:
            with suppress(OSError, TimeoutError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    await self._follow(reader, writer, i)
                finally:
                    writer.close()
            await asyncio.sleep(0.2)

    async def _follow(self, reader: StreamReader, writer: StreamWriter, i: int) -> None:
        """One run to its end; some watch all runs, for ever."""
        name = self._trainings.names[i % RUNS]
        path = "/v1/events" if i % OF_ALL == 0 else f"/v1/runs/{name}/events"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
        while i % OF_ALL == 0 or self._trainings.names[i % RUNS] == name:
            async with asyncio.timeout(60):
                chunk = await reader.read(65536)
            if not chunk:
                return
            self.events += chunk.count(b"event: ")

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


class Samples:
    """How much memory a process has, and how many descriptors besides `connections`, now and then."""

    def __init__(self, process: int, connections: Callable[[], int] = int) -> None:
        self._connections = connections
        self._process = Path(f"/proc/{process}")
        self.memory = list[int]()
        self.descriptors = list[int]()

    async def take(self) -> None:
        while True:
            pages = int((self._process / "statm").read_text().split()[1])
            self.memory.append(pages * os.sysconf("SC_PAGE_SIZE") // 1024)
            self.descriptors.append(len(list((self._process / "fd").iterdir())) - self._connections())
            await asyncio.sleep(PAUSE_SECONDS)

    @staticmethod
    def quarters(taken: list[int]) -> tuple[float, float]:
        """The medians of the second quarter and of the last: in the first all is being filled."""
        quarter = max(len(taken) // 4, 1)
        return median(taken[quarter : 2 * quarter] or taken), median(taken[-quarter:])


def run(seconds: float = 1800, rate: float = RATE) -> list[Figure]:
    """Soak it; what came of it."""
    return asyncio.run(_soak(seconds, rate))


async def _soak(seconds: float, rate: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        async with nursery() as home:
            service = Service(home, Path(folder) / "data")
            assert await service.start(), service.said
            try:
                return await _loaded(service, seconds, rate)
            finally:
                await service.end()


async def _loaded(service: Service, seconds: float, rate: float) -> list[Figure]:
    trainings = Trainings()
    load = Load(service.port, rate, trainings.next)
    # Where the machine stalls, what is due comes over further connections, which stay: that is ours.
    samples = Samples(service.pid, lambda: load.connections)
    await load.prepare(trainings.first)
    watchers = Watchers(service.port, trainings)
    beside = [asyncio.create_task(each) for each in (samples.take(), _telling(load))]
    await load.drive(seconds)
    for task in beside:
        task.cancel()
    await watchers.end()
    load.close()
    return _figures(load, watchers, samples)


async def _telling(load: Load) -> None:
    while True:
        await asyncio.sleep(60)
        print(f"soak: {len(load.seconds):,} check-ins, {load.errors} of them not answered well", flush=True)


def _figures(load: Load, watchers: Watchers, samples: Samples) -> list[Figure]:
    (before, after), (few, many) = Samples.quarters(samples.memory), Samples.quarters(samples.descriptors)
    grown = after / before - 1
    return [
        none("soak", f"check-ins that were not answered well {_odd(load)}".rstrip(), load.errors),
        told("soak", "check-ins", len(load.seconds)),
        told("soak", "events that 200 watchers were told", watchers.events),
        told("soak", "connections that they came over", load.connections),
        told("soak", "p50, p99 in ms", f"{load.quantile(0.5):.2f}, {load.quantile(0.99):.2f}"),
        told("soak", "KiB of memory in the second quarter, the last", f"{before:.0f}, {after:.0f}"),
        Figure("soak", "growth of memory", f"{grown:+.1%}", f"<= {ALLOWED_GROWTH:.0%}", grown <= ALLOWED_GROWTH),
        told("soak", "descriptors in the second quarter, the last", f"{few:.0f}, {many:.0f}"),
        Figure("soak", "growth of descriptors", many - few, "<= 10", many - few <= 10),
    ]


def _odd(load: Load) -> str:
    return ", ".join(f"{code}: {count}" for code, count in load.codes.items() if not code.startswith("2"))


if __name__ == "__main__":
    from proof.figure import table

    print(table(run(*map(float, sys.argv[1:]))))
