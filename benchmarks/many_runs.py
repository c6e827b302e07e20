"""What 100,000 runs cost those who use a few of them: check-ins, the start, a page of the list.

    python -m benchmarks many_runs [--json FILE]

One store has 100 runs, the other 100,000, each served by a process of its own; 64 workers check in to a run each, of
either store in turn. Start-up is from the command to the first answer, a page the best of several.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from benchmarks.harness.goals import Row, main
from benchmarks.harness.servers import Server, setpoint

FEW, MANY = 100, 100_000
WORKERS = 64
ROUNDS = 5
BATCHES = 25


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(dir=".") as folder, ExitStack() as stack:
        stores = {count: Path(folder, str(count)) for count in (FEW, MANY)}
        for count, store in stores.items():
            asyncio.run(_filled(store, count))
        services = {count: Service(stack.enter_context(setpoint(store))) for count, store in stores.items()}
        rounds = [{count: service.rate(i) for count, service in services.items()} for i in range(ROUNDS)]
        ratio = median(each[MANY] / each[FEW] for each in rounds[1:])
        many, few = (median(each[runs] for each in rounds[1:]) for runs in (MANY, FEW))
        yield Row(f"check-ins with {MANY:,} runs / with {FEW}", "1/s", many, few, ratio, at_least=0.9)
        yield Row(f"start-up with {MANY:,} runs", "s", services[MANY].seconds, at_most=2)
        yield Row(f"a page of {MANY:,} runs", "ms", services[MANY].page() * 1000, at_most=10)


async def _filled(folder: Path, count: int) -> None:
    """A store with so many runs, written through the journal."""
    from setpoint.coordination.ports import Entry
    from setpoint.journal.sqlite.journal import opened
    from setpoint.runs.event import Created, Origin, Recorded
    from setpoint.runs.evolve import created
    from setpoint.runs.settings import Settings

    schedule = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
    settings = Settings.model_validate({"schedule": schedule, "unit": "step"})
    recorded = Recorded(1, Created(settings, 1), Origin("2026-01-01T00:00:00.000Z", "local"))
    journal = await opened(folder / "setpoint.db")
    for start in range(0, count, 1000):
        names = [f"run{i}" for i in range(start, min(start + 1000, count))]
        await asyncio.gather(*(journal.append(Entry(0, (recorded,), created(name, recorded))) for name in names))
    await journal.close()


class Service:
    """The service on a store, and what it took to start it."""

    def __init__(self, server: Server) -> None:
        self.seconds = server.seconds
        self._port = server.port
        self._connections = [server.connected() for _ in range(WORKERS)]

    def rate(self, turn: int) -> float:
        """Check-ins a second. Each worker seals an epoch of a run of its own."""
        began = time.perf_counter()
        for batch in range(BATCHES):
            for worker, connection in enumerate(self._connections):
                content = b'{"epoch":%d}' % (turn * BATCHES + batch)
                path = b"/v1/runs/run%d/workers/rank%d" % (worker, worker)
                head = b"PUT %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" % path
                connection.sendall(head + b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
            for connection in self._connections:
                answer = connection.recv(65536)
                while not answer.endswith(b"}"):
                    answer += connection.recv(65536)
                assert answer.startswith(b"HTTP/1.1 200"), answer
        return BATCHES * WORKERS / (time.perf_counter() - began)

    def page(self) -> float:
        """Seconds until a page of the list is there, from its middle."""
        http = HTTPConnection("127.0.0.1", self._port, timeout=20)
        taken: list[float] = []
        cursor = ""
        for _ in range(20):
            began = time.perf_counter()
            http.request("GET", f"/v1/runs?limit=100{cursor}")
            page = json.loads(http.getresponse().read())
            taken.append(time.perf_counter() - began)
            assert page["runs"]
            cursor = f"&after={page['next']}"
        http.close()
        return min(taken)


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
