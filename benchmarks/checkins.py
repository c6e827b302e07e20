"""Durable check-ins that seal, by 64 workers of one run, beside redis `SET` with `appendfsync always` and an ORM.

    python benchmarks/checkins.py [--json FILE]

All three answer over a socket of their own, and only once what they were told is on disk; each server is a process that
this script starts, and all keep their files in one folder. 64 connections have one request under way each. The servers
take turns, so that the disk's mood tells on all; what counts is the median of the rounds.

The ORM is what many would write first: FastAPI, SQLAlchemy's async session and aiosqlite, one transaction a request, on
SQLite with `synchronous=FULL`. Its packages are installed into a folder of their own under the system's temporary one.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from shutil import which
from statistics import median
from typing import Any

WORKERS = 64
ROUNDS = 5
SECONDS = 1.2
ORM_PACKAGES = Path(tempfile.gettempdir()) / "setpoint-benchmark-orm"
RUN = {"schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 10_000_000}, "unit": "step"}

Ask = Callable[[int, int], bytes]
"""The request of a worker at an epoch."""


@dataclass(frozen=True)
class Row:
    """Ours beside a peer's; the goal is the least ratio of rates."""

    name: str
    unit: str
    ours: float
    peer: float
    rate: float
    goal: float | None = None
    is_met: bool = True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements there too")
    parser.add_argument("--orm", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.orm:
        return _serve_orm(options.orm)
    rows = list(measured())
    print(f"{'':52}{'ours':>9}{'peer':>9}        {'ratio':>6}  goal")
    for row in rows:
        goal = "" if row.goal is None else f"  {row.goal:g} {'met' if row.is_met else 'MISSED'}"
        print(f"{row.name:52}{row.ours:9.1f}{row.peer:9.1f} {row.unit:6} {row.rate:6.2f}{goal}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(dir=".") as folder, ExitStack() as stack:
        peers = {
            "ours": stack.enter_context(_setpoint(Path(folder))),
            "redis": stack.enter_context(_redis(Path(folder))),
            "orm": stack.enter_context(_orm(Path(folder))),
        }
        rounds = [{name: peer.round() for name, peer in peers.items() if peer} for _ in range(ROUNDS + 1)][1:]
    ours = median(one["ours"].rate for one in rounds)
    for name, goal in (("redis", 0.5), ("orm", 10.0)):
        if peers[name] is None:
            print(f"{name} is not on this machine: not measured", file=sys.stderr)
            continue
        peer, ratio = (
            median(one[name].rate for one in rounds),
            median(one["ours"].rate / one[name].rate for one in rounds),
        )
        title = {"redis": "redis SET, appendfsync always", "orm": "SQLAlchemy async ORM on SQLite"}[name]
        yield Row(f"sealing check-ins / {title}", "1/s", ours, peer, ratio, goal, ratio >= goal)
        cpu, theirs = (median(one[who].cpu for one in rounds) for who in ("ours", name))
        yield Row(f"CPU of the server / {name}'s", "us", cpu, theirs, theirs / cpu)


# Load


@dataclass(frozen=True)
class Round:
    rate: float
    cpu: float
    """Microseconds of the server for a request."""


class Peer:
    """A server, with a connection for each worker."""

    def __init__(self, process: int, port: int, ask: Ask, end: bytes) -> None:
        self._process = process
        self._ask, self._end = ask, end
        self._epochs = count()
        self._received = [b""] * WORKERS
        self._connections: list[socket.socket] = [
            socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(WORKERS)
        ]
        for connection in self._connections:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def round(self) -> Round:
        """Each worker asks again as soon as it is answered."""
        began, spent, asked = time.perf_counter(), self._spent(), 0
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
        return Round(asked / (time.perf_counter() - began), (self._spent() - spent) / asked / 1000)

    def _is_answered(self, worker: int) -> bool:
        """Whether the answer is complete; what there is of it is kept."""
        answer = self._received[worker] = self._received[worker] + self._connections[worker].recv(65536)
        if not answer.endswith(self._end):
            return False
        assert answer.startswith((b"HTTP/1.1 200", b"+OK")), answer
        self._received[worker] = b""
        return True

    def _spent(self) -> int:
        """The nanoseconds that its threads were on a CPU."""
        tasks = Path(f"/proc/{self._process}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


@contextmanager
def _started(command: list[str], **options: Any) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def _connected(process: int, port: int, ask: Ask, end: bytes) -> Generator[Peer]:
    peer = Peer(process, port, ask, end)
    try:
        yield peer
    finally:
        peer.close()


def _http(method: str, path: str, body: object) -> bytes:
    content = json.dumps(body, separators=(",", ":"))
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n{content}".encode()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# Peers


@contextmanager
def _setpoint(folder: Path) -> Generator[Peer]:
    command = [str(Path(sys.executable).with_name("setpoint")), "serve", "--port", "0", "--data", str(folder / "ours")]
    with _started(command) as process:
        assert process.stdout
        found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found
        port = int(found[1])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(_http("PUT", "/v1/runs/r", RUN))
            assert connection.recv(65536).startswith(b"HTTP/1.1 201")

        def ask(worker: int, epoch: int) -> bytes:
            return _http("PUT", f"/v1/runs/r/workers/rank{worker}", {"epoch": epoch})

        with _connected(process.pid, port, ask, b"}") as peer:
            yield peer


@contextmanager
def _redis(folder: Path) -> Generator[Peer | None]:
    program, port = which("redis-server"), _free_port()
    if program is None:
        yield None
        return
    (folder / "redis").mkdir()
    flags = [
        "--port",
        str(port),
        "--dir",
        str(folder / "redis"),
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
        "--save",
        "",
    ]
    with _started([program, *flags]) as process:
        _until_answered(port)

        def ask(worker: int, epoch: int) -> bytes:
            name, value = f"rank{worker}".encode(), f"{epoch}:0.1".encode()
            return b"*3\r\n$3\r\nSET\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(name), name, len(value), value)

        with _connected(process.pid, port, ask, b"\r\n") as peer:
            yield peer


def _until_answered(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


@contextmanager
def _orm(folder: Path) -> Generator[Peer | None]:
    if not ORM_PACKAGES.exists():
        packages = ["sqlalchemy", "aiosqlite", "greenlet"]
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", ORM_PACKAGES, *packages], check=False)
    if not (ORM_PACKAGES / "sqlalchemy").exists():
        yield None
        return
    command = [sys.executable, __file__, "--orm", str(folder / "orm.db")]
    with _started(command, env=os.environ | {"PYTHONPATH": str(ORM_PACKAGES)}) as process:
        assert process.stdout
        port = int(process.stdout.readline())

        def ask(worker: int, epoch: int) -> bytes:
            return _http("PUT", f"/runs/r/workers/rank{worker}", {"epoch": epoch})

        with _connected(process.pid, port, ask, b"}") as peer:
            yield peer


def _serve_orm(path: Path) -> int:
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        _orm_app(path), loop="uvloop", http="httptools", ws="none", access_log=False, log_level="error"
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _orm_app(path: Path) -> Any:
    """A run's frontier and its sealed epochs as an ordinary service keeps them: a session and a commit a request."""
    from asyncio import Lock
    from contextlib import asynccontextmanager
    from importlib import import_module
    from math import cos, pi

    from fastapi import FastAPI
    from pydantic import BaseModel

    orm: Any = import_module("sqlalchemy.orm")
    sql: Any = import_module("sqlalchemy")
    aio: Any = import_module("sqlalchemy.ext.asyncio")

    base: Any = orm.declarative_base()

    class Run(base):  # type: ignore[misc]  # untyped here: the ORM is in a folder of its own
        __tablename__ = "runs"
        name = sql.Column(sql.String, primary_key=True)
        frontier = sql.Column(sql.Integer, nullable=False)

    class Sealed(base):  # type: ignore[misc]  # likewise
        __tablename__ = "sealed"
        run = sql.Column(sql.String, primary_key=True)
        epoch = sql.Column(sql.Integer, primary_key=True)
        worker = sql.Column(sql.String, nullable=False)
        lr = sql.Column(sql.Float, nullable=False)

    engine = aio.create_async_engine(f"sqlite+aiosqlite:///{path}")
    sql.event.listen(engine.sync_engine, "connect", _durable)
    session = aio.async_sessionmaker(engine, expire_on_commit=False)
    lock = Lock()  # SQLite has one writer: to wait for it here is faster than to be told that it is busy

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncGenerator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(base.metadata.create_all)
        async with session.begin() as tables:
            tables.add(Run(name="r", frontier=0))
        yield

    app = FastAPI(lifespan=lifespan)

    class Report(BaseModel):
        epoch: int

    async def check_in(run: str, worker: str, report: Report) -> dict[str, Any]:
        async with lock, session.begin() as tables:
            found = await tables.get(Run, run)
            while found.frontier <= report.epoch:
                lr = 0.05 * (1 + cos(pi * found.frontier / 10_000_000))
                tables.add(Sealed(run=run, epoch=found.frontier, worker=worker, lr=lr))
                found.frontier += 1
            await tables.flush()
            sealed = await tables.get(Sealed, (run, report.epoch))
        return {"epoch": report.epoch, "lr": sealed.lr}

    app.put("/runs/{run}/workers/{worker}")(check_in)
    return app


def _durable(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


if __name__ == "__main__":
    sys.exit(main())
