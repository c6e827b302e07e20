"""How long a small request takes while the same process streams curves of a million points.

    python -m benchmarks interference [--json FILE]

One client takes 1e6-point cosines as JSON, one after the other, as fast as they come; another asks for one new learning
rate every few milliseconds. The goal is the 99th percentile of the latter, against the server alone at its side.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count

import httpx

from benchmarks.harness.goals import Row, main
from benchmarks.harness.servers import setpoint

REQUESTS = 1500
PAUSE_SECONDS = 0.002
GOAL_MILLISECONDS = 5.0
CURVE = "/v1/schedule?kind=cosine&initial_lr=0.1&epochs=1000000"
URL = "SETPOINT_BENCHMARK_URL"
_numbers = count(1)


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, setpoint(folder) as server:
        url = f"http://127.0.0.1:{server.port}"
        alone = sorted(_times(url))
        with taker(url) as taken:
            beside = sorted(_times(url))
    assert taken, "no curve was taken meanwhile"
    title = "GET /v1/lr while curves stream / alone"
    for name, share, goal in (("median", 0.5, None), ("p99", 0.99, GOAL_MILLISECONDS), ("worst", 1.0, None)):
        ours, peer = (times[min(int(len(times) * share), len(times) - 1)] for times in (beside, alone))
        yield Row(f"{title}, {name}", "ms", ours, peer, at_most=goal)


@contextmanager
def taker(url: str) -> Generator[list[str]]:
    """Somebody takes curves meanwhile; at the end, the length of each."""
    taken: list[str] = []
    command = [sys.executable, "-m", "benchmarks.interference", "--serve", "taker"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, URL: url})
    try:
        yield taken
    finally:
        process.terminate()
        taken += process.communicate()[0].splitlines()


def take() -> int:
    """Take curves for ever."""
    with httpx.Client(base_url=os.environ[URL], timeout=60) as client:
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
    sys.exit(main(__doc__, measured, {"taker": take}))
