"""What 100,000 runs cost those who use a few of them: check-ins, the start, a page of the list.

    python benchmarks/many_runs.py [--json FILE]

One store has 100 runs, the other 100,000, each served by a process of its own; 64 workers check in to a run each, of
either store in turn. Start-up is from the command to the first answer, a page the best of several.
"""

import argparse
import asyncio
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

FEW, MANY = 100, 100_000
WORKERS = 64
ROUNDS = 5
BATCHES = 25


@dataclass(frozen=True)
class Row:
    """What was found, and the goal: the least of a ratio, the most of a time."""

    name: str
    unit: str
    found: float
    goal: float
    is_met: bool


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements there too")
    options = parser.parse_args()
    rows = list(measured())
    print(f"{'':52}{'found':>9}          goal")
    for row in rows:
        print(f"{row.name:52}{row.found:9.2f} {row.unit:8} {row.goal:6g} {'met' if row.is_met else 'MISSED'}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(dir=".") as folder, ExitStack() as stack:
        stores = {count: Path(folder, str(count)) for count in (FEW, MANY)}
        for count, store in stores.items():
            asyncio.run(_filled(store, count))
        services = {count: stack.enter_context(_served(store)) for count, store in stores.items()}
        rounds = [{count: service.rate(i) for count, service in services.items()} for i in range(ROUNDS)]
        ratio = median(each[MANY] / each[FEW] for each in rounds[1:])
        yield Row(f"check-in rate with {MANY:,} runs / with {FEW}", "", ratio, 0.9, ratio >= 0.9)
        seconds = services[MANY].seconds
        yield Row(f"start-up with {MANY:,} runs", "s", seconds, 2.0, seconds <= 2)
        page = services[MANY].page() * 1000
        yield Row(f"a page of {MANY:,} runs", "ms", page, 10.0, page <= 10)


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

    def __init__(self, port: int, seconds: float) -> None:
        self.seconds = seconds
        self._port = port
        self._connections = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(WORKERS)]

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

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


@contextmanager
def _served(folder: Path) -> Generator[Service]:
    command = [str(Path(sys.executable).with_name("setpoint")), "serve", "--port", "0", "--data", str(folder)]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
            assert found
            service = Service(int(found[1]), time.perf_counter() - began)
            yield service
            service.close()
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main())
