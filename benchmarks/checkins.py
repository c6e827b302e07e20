"""Durable check-ins that seal, by 64 workers of one run, beside redis `SET` with `appendfsync always` and an ORM.

    python -m benchmarks checkins [--json FILE]

All answer over a socket of their own, and only once what they were told is on disk; each server is a process that this
script starts, and all keep their files in one folder. 64 connections have one request under way each. The servers take
turns, so that the disk's mood tells on all; what counts is the median of the rounds.

What a Python service can reach at all is told beside it: raw ASGI that reads the same requests and answers all of them
with one body, in the same uvicorn, with nothing decided and nothing written. Where an fsync costs next to nothing it is
the work for a request that is compared; so all is told once more with fsyncs that take two milliseconds, as on a disk.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from shutil import which
from statistics import median

from benchmarks.harness import orm, servers
from benchmarks.harness.goals import Row, main, warn
from benchmarks.harness.servers import Server

WORKERS = 64
ROUNDS = 5
SECONDS = 1.2
RUN = {"schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 10_000_000}, "unit": "step"}
ANSWER = (
    b'{"run":"r","worker":"rank0","attempt":1,"epoch":12,"lr":0.025,"groups":{},"hyperparameters":{},"sealed":true,'
    b'"grant":{"start":12,"stop":13,"lr":[0.025],"groups":{},"hyperparameters":{},'
    b'"digest":"0123456789abcdef0123456789abcdef","incarnation":1},"position":12,"frontier":13,"plan_version":1,'
    b'"state":"running"}'
)
FOLDER = "SETPOINT_BENCHMARK_FOLDER"
SLOW_FSYNC = """
#include <unistd.h>
#include <sys/syscall.h>
int fsync(int file) { usleep(2000); return syscall(SYS_fsync, file); }
int fdatasync(int file) { usleep(2000); return syscall(SYS_fdatasync, file); }
"""

Ask = Callable[[int, int], bytes]
"""The request of a worker at an epoch."""


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        rounds = _rounds(folder / "quick", with_orm=True)
        yield from _told(rounds)
        library = _slow_fsync(folder)
        if library is not None:
            slow = _rounds(folder / "slow", {"LD_PRELOAD": str(library)})
            if "redis" in slow[0]:
                yield _beside("sealing check-ins / redis SET, an fsync taking 2 ms", slow, "ours", "redis")


def _told(rounds: "list[Turn]") -> Iterator[Row]:
    if "redis" in rounds[0]:
        yield _beside("sealing check-ins / redis SET, appendfsync always", rounds, "ours", "redis", at_least=0.5)
        yield _beside("the same, nothing decided or written / redis SET", rounds, "uvicorn", "redis")
    else:
        warn("redis-server is not on this machine (apt-get install redis-server): not measured")
    yield _beside("sealing check-ins / the same, nothing decided or written", rounds, "ours", "uvicorn")
    if "orm" in rounds[0]:
        yield _beside("sealing check-ins / SQLAlchemy async ORM on SQLite", rounds, "ours", "orm", at_least=10)
    else:
        warn("SQLAlchemy could not be installed: not measured")
    for who in rounds[0].keys() - {"ours"}:
        ours, theirs = (median(turn[each].cpu for turn in rounds) for each in ("ours", who))
        yield Row(f"CPU of the server for one / {who}'s", "us", ours, theirs, theirs / ours)


def _beside(title: str, rounds: "list[Turn]", ours: str, peer: str, at_least: float | None = None) -> Row:
    rate, theirs = (median(turn[who].rate for turn in rounds) for who in (ours, peer))
    ratio = median(turn[ours].rate / turn[peer].rate for turn in rounds)
    return Row(title, "1/s", rate, theirs, ratio, at_least=at_least)


def _rounds(folder: Path, extra: Mapping[str, str] | None = None, *, with_orm: bool = False) -> "list[Turn]":
    """What each peer did in each round; the first is for warming up."""
    folder.mkdir()
    environment = {**os.environ, FOLDER: str(folder), **(extra or {})}
    with ExitStack() as stack:
        found = {
            "ours": stack.enter_context(_setpoint(folder, environment)),
            "uvicorn": stack.enter_context(_uvicorn(environment)),
            "redis": stack.enter_context(_redis(folder, environment)),
            "orm": stack.enter_context(_orm(environment)) if with_orm else None,
        }
        peers = {name: peer for name, peer in found.items() if peer is not None}
        return [{name: peer.round() for name, peer in peers.items()} for _ in range(ROUNDS + 1)][1:]


# Load


@dataclass(frozen=True)
class Round:
    rate: float
    cpu: float
    """Microseconds of the server for a request."""


Turn = dict[str, Round]


class Peer:
    """A server, with a connection for each worker."""

    def __init__(self, server: Server, ask: Ask, end: bytes) -> None:
        self._server = server
        self._ask, self._end = ask, end
        self._epochs = count()
        self._received = [b""] * WORKERS
        self._connections = [server.connected() for _ in range(WORKERS)]

    def round(self) -> Round:
        """Each worker asks again as soon as it is answered."""
        began, spent, asked = time.perf_counter(), self._server.spent(), 0
        with DefaultSelector() as answered:
            for worker, connection in enumerate(self._connections):
                answered.register(connection, EVENT_READ, worker)
                connection.sendall(self._ask(worker, next(self._epochs)))
            under_way = len(self._connections)
            while under_way:
                is_over = time.perf_counter() - began > SECONDS
                ready: list[int] = [key.data for key, _ in answered.select()]
                for worker in ready:
                    if self._is_answered(worker):
                        asked += 1
                        under_way -= is_over
                        if not is_over:
                            self._connections[worker].sendall(self._ask(worker, next(self._epochs)))
        return Round(asked / (time.perf_counter() - began), (self._server.spent() - spent) / asked / 1000)

    def _is_answered(self, worker: int) -> bool:
        """Whether the answer is complete; what there is of it is kept."""
        answer = self._received[worker] = self._received[worker] + self._connections[worker].recv(65536)
        assert answer.startswith((b"HTTP/1.1 200", b"+OK")), answer
        if not answer.endswith(self._end):
            return False
        self._received[worker] = b""
        return True


def _http(method: str, path: str, body: object) -> bytes:
    content = json.dumps(body, separators=(",", ":"))
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n{content}".encode()


def _check_in(worker: int, epoch: int) -> bytes:
    return _http("PUT", f"/v1/runs/r/workers/rank{worker}", {"epoch": epoch})


# Peers


@contextmanager
def _setpoint(folder: Path, environment: Mapping[str, str]) -> Generator[Peer]:
    with servers.setpoint(folder / "ours", environment) as server:
        server.put("/v1/runs/r", RUN)
        yield Peer(server, _check_in, b"}")


@contextmanager
def _uvicorn(environment: Mapping[str, str]) -> Generator[Peer]:
    with servers.peer("checkins", "uvicorn", environment) as server:
        yield Peer(server, _check_in, b"}")


@contextmanager
def _redis(folder: Path, environment: Mapping[str, str]) -> Generator[Peer | None]:
    (folder / "redis").mkdir()
    kept = ["--dir", str(folder / "redis"), "--appendonly", "yes", "--appendfsync", "always", "--save", ""]

    def ask(worker: int, epoch: int) -> bytes:
        name, value = f"rank{worker}".encode(), f"{epoch}:0.1".encode()
        return b"*3\r\n$3\r\nSET\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(name), name, len(value), value)

    with servers.installed("redis-server", lambda port: ["--port", str(port), *kept], environment) as server:
        yield None if server is None else Peer(server, ask, b"\r\n")


@contextmanager
def _orm(environment: Mapping[str, str]) -> Generator[Peer | None]:
    packages = orm.environment()
    if packages is None:
        yield None
        return

    def ask(worker: int, epoch: int) -> bytes:
        return _http("PUT", f"/runs/r/workers/rank{worker}", {"epoch": epoch})

    with servers.peer("checkins", "orm", {**environment, **packages}) as server:
        yield Peer(server, ask, b"}")


def _slow_fsync(folder: Path) -> Path | None:
    """A library that makes each fsync take two milliseconds; None where no compiler is."""
    compiler, library = which("cc") or which("gcc"), folder / "slow.so"
    if compiler is None:
        warn("there is no C compiler on this machine: not measured with slow fsyncs")
        return None
    command = [compiler, "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", str(library), "-x", "c", "-"]
    subprocess.run(command, input=SLOW_FSYNC, text=True, check=True)
    return library


PEERS = {
    "uvicorn": lambda: servers.serve(servers.constant(ANSWER), lifespan="off"),
    "orm": lambda: servers.serve(orm.app(Path(os.environ[FOLDER], "orm.db"))),
}


if __name__ == "__main__":
    sys.exit(main(__doc__, measured, PEERS))
