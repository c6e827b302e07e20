"""How long a small request takes while the same process streams curves of a million points.

    python benchmarks/interference.py [--json FILE]

One client takes 1e6-point cosines as JSON, one after the other, as fast as they come; another asks for one new learning
rate every few milliseconds. The goal is the 99th percentile of the latter, against the server alone at its side.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import httpx

REQUESTS = 1500
PAUSE_SECONDS = 0.002
GOAL_MILLISECONDS = 5.0
CURVE = "/v1/schedule?kind=cosine&initial_lr=0.1&epochs=1000000"
_numbers = count(1)


@dataclass(frozen=True)
class Row:
    name: str
    median: float
    p99: float
    worst: float
    curves: int
    goal: float | None = None

    @property
    def is_met(self) -> bool:
        return self.goal is None or self.p99 <= self.goal


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements there too")
    parser.add_argument("--take", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.take:
        take(options.take)
    with service() as url:
        rows = [asked("alone", url), asked("while curves stream", url, stream=True, goal=GOAL_MILLISECONDS)]
    print(f"{'GET /v1/lr, milliseconds':28}{'median':>8}{'p99':>8}{'worst':>8}  curves  goal of p99")
    for row in rows:
        goal = "" if row.goal is None else f"  {row.goal:g} {'met' if row.is_met else 'MISSED'}"
        print(f"{row.name:28}{row.median:8.2f}{row.p99:8.2f}{row.worst:8.2f}{row.curves:8}{goal}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


@contextmanager
def service() -> Generator[str]:
    """A service in a process and a folder of its own, and its address."""
    with tempfile.TemporaryDirectory() as data:
        command = [str(Path(sys.executable).with_name("setpoint")), "serve", "--port", "0", "--data", data]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+?:\d+", process.stdout.readline())
            assert found, "the service did not start"
            yield found[0]
        finally:
            process.terminate()
            process.wait(20)


def asked(name: str, url: str, *, stream: bool = False, goal: float | None = None) -> Row:
    """The times of requests for new learning rates, with or without somebody who takes whole curves."""
    taking: AbstractContextManager[list[str]] = taker(url) if stream else nullcontext([])
    with taking as taken:
        times = sorted(_times(url))
    return Row(name, times[len(times) // 2], times[int(len(times) * 0.99)], times[-1], len(taken), goal)


@contextmanager
def taker(url: str) -> Generator[list[str]]:
    """A process of its own that takes curves; it says so after each. A thread would share our interpreter's lock."""
    taken: list[str] = []
    process = subprocess.Popen([sys.executable, __file__, "--take", url], stdout=subprocess.PIPE, text=True)
    try:
        yield taken
    finally:
        process.terminate()
        taken += process.communicate()[0].splitlines()


def take(url: str) -> None:
    """Take curves for ever."""
    with httpx.Client(base_url=url, timeout=60) as client:
        while True:
            with client.stream("GET", CURVE) as reply:
                print(sum(len(chunk) for chunk in reply.iter_raw()), flush=True)


def _times(url: str) -> Iterator[float]:
    with httpx.Client(base_url=url) as client:
        for i in range(REQUESTS + 100):
            question = f"/v1/lr?kind=step&initial_lr=0.1&step_size=5&gamma=0.5&epoch={next(_numbers)}"
            began = time.perf_counter()
            client.get(question).raise_for_status()
            if i >= 100:  # the first ones open connections and fill caches
                yield (time.perf_counter() - began) * 1000
            time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
