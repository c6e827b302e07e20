"""What a remote read costs a training: the client's GET of a sealed learning rate beside redis-py's GET of a string.

    python -m benchmarks remote_read [--json FILE]

Both keep one connection and ask in turns; the best round of each counts, for other load only adds. The CPU time of the
asking process is told as well: it is steady where a round trip swings. redis-py is installed when it is first needed,
apart from everything else.
"""

import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.harness import servers
from benchmarks.harness.goals import Row, main, warn
from benchmarks.harness.servers import ROOT
from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.transport import Transport

ROUNDS, READS = 12, 400
GOAL = 0.5
RUN = {"schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}}
REDIS_PY = ROOT / "out/redis-py"


@dataclass(frozen=True)
class Cost:
    """Microseconds of a read: on the clock, and of the asking process."""

    wall: float
    cpu: float


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ours = stack.enter_context(_setpoint(folder))
        peer = stack.enter_context(_redis())
        if peer is None:
            warn("redis-server or redis-py is not on this machine: not measured")
            return
        rounds = [(_cost(ours), _cost(peer)) for _ in range(ROUNDS)]
    mine, theirs = (
        Cost(min(each.wall for each in one), min(each.cpu for each in one)) for one in zip(*rounds, strict=True)
    )
    ratio = theirs.wall / mine.wall
    yield Row("read of a sealed rate / redis-py's GET", "us", mine.wall, theirs.wall, ratio, at_least=GOAL)
    yield Row("CPU of the reader / redis-py's", "us", mine.cpu, theirs.cpu, theirs.cpu / mine.cpu)


def _cost(read: Callable[[], float]) -> Cost:
    began, spent = time.perf_counter(), time.process_time()
    for _ in range(READS):
        assert read() == 0.1
    return Cost((time.perf_counter() - began) / READS * 1e6, (time.process_time() - spent) / READS * 1e6)


@contextmanager
def _setpoint(folder: str) -> Generator[Callable[[], float]]:
    with servers.setpoint(folder) as server, Transport(Place(f"http://127.0.0.1:{server.port}")) as transport:
        transport.ask(call.create("r", RUN))
        transport.ask(call.check_in("r", "rank0", {"epoch": 0}))
        look = call.look("r", epoch=0, attempt=1)
        yield lambda: transport.ask(look).body["lr"]


@contextmanager
def _redis() -> Generator[Callable[[], float] | None]:
    if not REDIS_PY.exists():
        venv.create(REDIS_PY, with_pip=True)
        subprocess.run([REDIS_PY / "bin/python", "-m", "pip", "install", "-q", "redis"], check=False)
    sys.path += map(str, (REDIS_PY / "lib").glob("python*/site-packages"))
    with servers.installed("redis-server", lambda port: ["--port", str(port), "--save", ""]) as server:
        if server is None or find_spec("redis") is None:
            yield None
            return
        redis: Any = import_module("redis")
        client: Any = redis.Redis(port=server.port)
        client.set("lr", "0.1")
        yield lambda: float(client.get("lr"))
        client.close()


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
