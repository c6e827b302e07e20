"""What one learning rate costs over HTTP, beside a raw ASGI app, a Starlette route and an ordinary FastAPI route.

    python benchmarks/stateless.py [--json FILE]

Each peer runs in a uvicorn process of its own. What counts is the CPU time of that process per request, the least of
several rounds (peers take turns); only ratios mean anything on a shared machine. A rate of 0.8 of raw ASGI is 1 / 0.8
of its time. Start-up is the CPU time until the application is built.
"""

import argparse
import json
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

ROUNDS = 7
BATCHES = 250
CONNECTIONS = 8
STEP = "kind=step&initial_lr=0.1&step_size=5&gamma=0.5"
AGAIN = f"/v1/lr?{STEP}&epoch=12"
ANSWER = b'{"epoch":12,"lr":0.025}'


@dataclass(frozen=True)
class Row:
    """Ours beside a peer's; the goal is the least rate (peer's time / ours) to reach, or the greatest for start-up."""

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
    parser.add_argument("--serve", choices=sorted(PEERS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return _serve(PEERS[options.serve]())
    rows: list[Row] = []
    print(f"{'':52}{'ours':>8}{'peer':>8}        {'ratio':>6}  goal")
    for row in measured():
        print(line(row), flush=True)
        rows.append(row)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


def line(row: Row) -> str:
    goal = "" if row.goal is None else f"  {row.goal:g} {'met' if row.is_met else 'MISSED'}"
    return f"{row.name:52}{row.ours:8.1f}{row.peer:8.1f} {row.unit:6} {row.rate:6.2f}{goal}"


def measured() -> Iterator[Row]:
    cost = _costs()
    for name, ours, peer, goal in (
        ("asked again / raw ASGI, constant body", "again", "asgi", 0.8),
        ("asked again / Starlette route", "again", "starlette", None),
        ("asked again / ordinary FastAPI route", "again", "fastapi", None),
        ("new / ordinary FastAPI route of the same StepLR", "new", "fastapi", 0.9),
        ("new / raw ASGI, constant body", "new", "asgi", None),
    ):
        rate = cost[peer] / cost[ours]
        yield Row(f"GET /v1/lr {name}", "us", cost[ours], cost[peer], rate, goal, goal is None or rate >= goal)
    began, least = _startups(BUILDING, "import fastapi, uvicorn")
    yield Row("start-up / importing fastapi and uvicorn", "ms", began, least, began / least, 1.4, began / least <= 1.4)


# Requests


def _costs() -> dict[str, float]:
    """CPU time per request of each peer, in microseconds."""
    fresh = count()
    asked: dict[str, tuple[str, Callable[[], str]]] = {
        "asgi": ("asgi", lambda: AGAIN),
        "starlette": ("starlette", lambda: AGAIN),
        "fastapi": ("fastapi", lambda: f"/v1/lr?{STEP}&epoch={next(fresh)}"),
        "again": ("setpoint", lambda: AGAIN),
        "new": ("setpoint", lambda: f"/v1/lr?{STEP}&epoch={next(fresh)}"),
    }
    with ExitStack() as stack:
        clients = {name: stack.enter_context(_served(name)) for name in {peer for peer, _ in asked.values()}}
        rounds = [{name: clients[peer].cost(ask) for name, (peer, ask) in asked.items()} for _ in range(ROUNDS)]
    return {name: min(one[name] for one in rounds[1:]) for name in asked}


class Client:
    """Several connections to one server, each with one request under way."""

    def __init__(self, process: int, connections: list[socket.socket]) -> None:
        self._process = process
        self._connections = connections

    def cost(self, ask: Callable[[], str]) -> float:
        before = self._spent()
        for _ in range(BATCHES):
            for connection in self._connections:
                connection.sendall(f"GET {ask()} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            for connection in self._connections:
                answer = connection.recv(4096)
                while not answer.endswith(b"}"):  # uvicorn writes headers and body separately
                    answer += connection.recv(4096)
                assert answer.startswith(b"HTTP/1.1 200"), answer
        return (self._spent() - before) / (BATCHES * len(self._connections)) / 1000

    def _spent(self) -> int:
        """The nanoseconds that its threads were on a CPU."""
        tasks = Path(f"/proc/{self._process}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


@contextmanager
def _served(peer: str) -> Generator[Client]:
    command = [sys.executable, __file__, "--serve", peer]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, ExitStack() as stack:
        stack.callback(process.terminate)
        assert process.stdout
        port = int(process.stdout.readline())
        connections = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(CONNECTIONS)]
        for connection in connections:
            stack.enter_context(connection)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield Client(process.pid, connections)


# Peers


def _serve(app: Any) -> int:
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", ws="none", lifespan="off", access_log=False, log_level="critical"
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _asgi() -> Any:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": ANSWER})

    return app


def _starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def lr(request: Request) -> Response:
        return Response(ANSWER, media_type="application/json")

    return Starlette(routes=[Route("/v1/lr", lr)])


def _fastapi() -> Any:
    from fastapi import FastAPI

    app = FastAPI()

    async def lr(kind: str, initial_lr: float, step_size: int, gamma: float, epoch: int) -> dict[str, float]:
        return {"epoch": epoch, "lr": initial_lr * gamma ** (epoch // step_size)}

    app.get("/v1/lr")(lr)
    return app


def _setpoint() -> Any:
    from setpoint.server.assemble import assemble
    from setpoint.settings import Settings

    return assemble(Settings())


PEERS: dict[str, Callable[[], Any]] = {
    "asgi": _asgi,
    "starlette": _starlette,
    "fastapi": _fastapi,
    "setpoint": _setpoint,
}


# Start-up


BUILDING = """
from setpoint.cli.serve import server
server()
from setpoint.server.assemble import assemble
from setpoint.settings import Settings
assemble(Settings())
"""


def _startups(*statements: str) -> list[float]:
    """CPU time of a fresh process for each, in milliseconds: the least of several, taking turns."""
    rounds = [[_spent_on(statement) for statement in statements] for _ in range(ROUNDS)]
    return [min(times) * 1000 for times in zip(*rounds, strict=True)]


def _spent_on(statement: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
