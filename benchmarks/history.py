"""What a long history costs who comes back to it: 100,000 events are read, checked and folded once a run is asked for.

    python -m benchmarks history [--json FILE]

One run has 64 workers, the other 10,000. A service that has just been started is asked for each; beside that somebody
reads a sealed learning rate of a small run all the time.
"""

import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.harness.goals import Row, main
from benchmarks.harness.servers import Server, setpoint

EVENTS = 100_000
FEW, MANY = 64, 10_000
AT_ONCE = 1000
"""Events of one entry."""


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        asyncio.run(_filled(Path(folder)))
        few, _, _ = _looked(folder, FEW)
        many, slowest, grown = _looked(folder, MANY)
        yield Row(f"the first look at {EVENTS:,} events of {FEW} workers", "s", few)
        yield Row(f"the same of {MANY:,} workers / of {FEW}", "s", many, few, many / few, at_most=2)
        yield Row("the slowest sealed read of another run meanwhile", "ms", slowest * 1000, at_most=100)
        yield Row("memory that the look took and what it left", "MiB", grown / 1024)


async def _filled(folder: Path) -> None:
    """A store with both runs and a small one, written through the journal."""
    from setpoint.coordination.desk import Desk
    from setpoint.journal.sqlite.journal import opened
    from setpoint.runs.event import Created, Event, Origin, Reported, SealedEpochs
    from setpoint.runs.sealed import bits
    from setpoint.runs.settings import Settings

    settings = Settings.model_validate({"schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 100_000}})
    origin = Origin("2026-01-01T00:00:00.000Z", "local")

    def history(workers: int) -> Iterator[Event]:
        yield Created(settings, 1)
        for epoch in range(EVENTS // workers):
            yield SealedEpochs(1, epoch, (bits([0.1]),), 1)
            yield from (Reported(1, f"rank{worker}", epoch) for worker in range(workers))

    journal = await opened(folder / "setpoint.db")
    for workers in (1, FEW, MANY):
        desk, events = Desk(f"of{workers}", None, None), list(history(workers))[: 10 if workers == 1 else EVENTS]
        for start in range(0, len(events), AT_ONCE):
            entry = desk.drafted(tuple(events[start : start + AT_ONCE]), origin)
            desk.tip = entry.run
            await journal.append(entry)
    await journal.close()


def _looked(folder: str, workers: int) -> tuple[float, float, float]:
    """Seconds until a service that has just started shows the run, the slowest read beside, and KiB that it grew by."""
    with setpoint(folder) as server:
        reader = Reader(server)
        reader.start()
        reader.warm.wait()
        before, began = server.memory(), time.perf_counter()
        http = HTTPConnection("127.0.0.1", server.port, timeout=300)
        http.request("GET", f"/v1/runs/of{workers}")
        answer = http.getresponse()
        assert answer.status == 200, answer.read()
        seconds, grown = time.perf_counter() - began, server.memory() - before
        reader.ends.set()
        reader.join()
        http.close()
        return seconds, reader.slowest, grown


class Reader(threading.Thread):
    """Reads a sealed learning rate all the time."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.slowest = 0.0
        self.warm, self.ends = threading.Event(), threading.Event()
        self._http = HTTPConnection("127.0.0.1", server.port, timeout=60)

    def run(self) -> None:
        self._read()
        self.warm.set()
        while not self.ends.is_set():
            self.slowest = max(self.slowest, self._read())
            time.sleep(0.002)
        self._http.close()

    def _read(self) -> float:
        began = time.perf_counter()
        self._http.request("GET", "/v1/runs/of1/lr?epoch=0")
        answer = self._http.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
