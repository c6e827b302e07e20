"""Replicas on one PostgreSQL: how soon one's watchers hear of another's change, and what reads cost at one and two.

    python -m benchmarks replicas [--json FILE]

Reads are of a sealed epoch, and what counts is the CPU that the service spends on one: two cores can't show how many
more two replicas serve while the asker needs one of them. That they cost the same at two is what makes it twice.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from benchmarks.harness.goals import Row, main
from tests.postgres.server import Server

RUNS, CHANGES = 30, 5
"""Changes of each run: all that were made are looked at when the next is."""
READS, AT_ONCE = 3000, 100
"""Reads, and how many are asked of one before the next is: each read by turns would find its caches cold."""
ROUNDS = 5
RUN = {"schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 90}}
READ = "/v1/runs/r/lr?epoch=0&attempt=1"
MOST_MILLISECONDS = 50.0
AS_ON_SQLITE = 0.9
TWO_OF_ONE = 1.7


class Service:
    """A process that serves, and a connection to it."""

    def __init__(self, pid: int, port: int) -> None:
        self._pid = pid
        self._http = HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(self, method: str, path: str, body: object = None) -> int:
        content = None if body is None else json.dumps(body)
        # A look has no conditions: those would take it to the route, past what is known already.
        headers = {} if body is None else {"Content-Type": "application/json", "If-Match": "*"}
        self._http.request(method, path, content, headers)
        answer = self._http.getresponse()
        answer.read()
        return answer.status

    def events(self, run: str) -> Iterator[bytes]:
        """The lines of the run's event stream; it is open once the first is there."""
        http = HTTPConnection(self._http.host, self._http.port, timeout=20)
        http.request("GET", f"/v1/runs/{run}/events")
        answer = http.getresponse()
        while line := answer.readline():
            yield line

    def spent(self) -> int:
        """The nanoseconds that its threads were on a CPU."""
        tasks = Path(f"/proc/{self._pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


@contextmanager
def served(*words: str) -> Generator[Service]:
    command = [str(Path(sys.executable).with_name("setpoint")), "serve", "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            looked = (re.search(r"serves http://127\.0\.0\.1:(\d+)", line) for line in process.stdout)
            yield Service(process.pid, int(next(each for each in looked if each is not None)[1]))
        finally:
            process.terminate()


def heard(one: Service, watching: Service) -> list[float]:
    """The milliseconds from sending each change to one until a watcher at the other has its event."""
    taken = list[float]()
    for run in range(RUNS):
        assert one.ask("PUT", f"/v1/runs/r{run}", RUN) == 201
        lines = watching.events(f"r{run}")
        next(line for line in lines if line.startswith(b"retry:"))
        for number in range(CHANGES):
            began = time.perf_counter()
            change = {"op": "scale", "factor": 1 + number / 100, "reason": "a measurement"}
            assert one.ask("POST", f"/v1/runs/r{run}/changes", change) == 201
            next(line for line in lines if line.startswith(b"event: change"))
            taken.append(1000 * (time.perf_counter() - began))
    return sorted(taken)


def cost(services: Sequence[Service]) -> float:
    """The microseconds of CPU for a read, asked of each in turn."""
    for service in services:
        assert service.ask("GET", READ) == 200
    before = sum(service.spent() for service in services)
    for number in range(READS):
        services[number // AT_ONCE % len(services)].ask("GET", READ)
    return (sum(service.spent() for service in services) - before) / READS / 1000


def measured() -> Iterator[Row]:
    server = Server.made()
    try:
        server.start()
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            data, url = ("--data", folder), ("--database-url", server.database())
            sqlite = stack.enter_context(served(*data))
            one, other, watching = (stack.enter_context(served(*data, *url)) for _ in range(3))
            for service in (sqlite, one):
                assert service.ask("PUT", "/v1/runs/r", RUN) == 201
                assert service.ask("PUT", "/v1/runs/r/workers/w", {"epoch": 0}) == 200
            yield from _rows(sqlite, one, other, watching)
    finally:
        server.removed()


def _rows(sqlite: Service, one: Service, other: Service, watching: Service) -> Iterator[Row]:
    rounds = [(cost([sqlite]), cost([one]), cost([one, other])) for _ in range(ROUNDS)]
    embedded, single, both = (median(round_[i] for round_ in rounds) for i in range(3))
    yield Row("sealed read / the same on SQLite", "us", single, embedded, embedded / single, at_least=AS_ON_SQLITE)
    yield Row(
        "of two replicas / of one, in reads a second", "us", both / 2, single, 2 * single / both, at_least=TWO_OF_ONE
    )
    taken = heard(one, watching)
    yield Row("change to a watcher at another replica, p50", "ms", taken[len(taken) // 2])
    yield Row("the same, p99", "ms", taken[int(0.99 * len(taken))], at_most=MOST_MILLISECONDS)


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
