"""What a sealed learning rate of a run costs over HTTP, beside raw ASGI, a Starlette and a FastAPI route.

    python benchmarks/hot.py [--json FILE]

As in `stateless.py`: each peer runs in a uvicorn process of its own, and what counts is the CPU time of that process
per request, the least of several rounds in turn. A rate of 0.8 of raw ASGI is 1 / 0.8 of its time.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

ROUNDS = 9
BATCHES = 250
CONNECTIONS = 8
SEALED = 64
TOKEN = "sp_" + "a" * 43
AUTH_MAY_ADD = 1.1
RUN = {"schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}, "unit": "step"}
ANSWER = (
    b'{"run":"resnet50","attempt":1,"epoch":12,"lr":0.025,"groups":{},"hyperparameters":{},"sealed":true,'
    b'"plan_version":1}'
)
KEPT = {("resnet50", epoch): ANSWER for epoch in range(SEALED)}
"""What the routes of the peers look up, by the parameters of their requests; raw ASGI has one body for all."""


@dataclass(frozen=True)
class Row:
    """Ours beside a peer's; the goal is the least rate (peer's time / ours) to reach."""

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
    rows = list(measured())
    print(f"{'':52}{'ours':>8}{'peer':>8}        {'ratio':>6}  goal")
    for row in rows:
        goal = "" if row.goal is None else f"  {row.goal:g} {'met' if row.is_met else 'MISSED'}"
        print(f"{row.name:52}{row.ours:8.1f}{row.peer:8.1f} {row.unit:6} {row.rate:6.2f}{goal}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


def measured() -> Iterator[Row]:
    with ExitStack() as stack:
        clients = {name: stack.enter_context(_served(name)) for name in PEERS}
        clients["setpoint"] = stack.enter_context(_setpoint())
        clients["tokens"] = stack.enter_context(_setpoint(TOKEN))
        rounds = [{name: client.cost() for name, client in clients.items()} for _ in range(ROUNDS)]
    cost = {name: min(one[name] for one in rounds[1:]) for name in clients}
    for name, peer, goal in (
        ("raw ASGI, constant body", "asgi", 0.8),
        ("Starlette route", "starlette", 1.35),
        ("ordinary FastAPI route", "fastapi", 3.0),
    ):
        rate = cost[peer] / cost["setpoint"]
        yield Row(
            f"GET /v1/runs/{{run}}/lr, sealed / {name}", "us", cost["setpoint"], cost[peer], rate, goal, rate >= goal
        )
    rate = cost["setpoint"] / cost["tokens"]
    goal = 1 / AUTH_MAY_ADD
    yield Row(
        "the same with tokens / without", "us", cost["tokens"], cost["setpoint"], rate, round(goal, 3), rate >= goal
    )


class Client:
    """Several connections to one server, each with one request under way; the epochs take turns."""

    def __init__(self, process: int, port: int, token: str | None = None) -> None:
        self._process = process
        self._headers = "Host: localhost\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "")
        self._epochs = cycle(range(SEALED))
        self._connections = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(CONNECTIONS)]
        for connection in self._connections:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def cost(self) -> float:
        before = self._spent()
        for _ in range(BATCHES):
            for connection in self._connections:
                address = f"/v1/runs/resnet50/lr?epoch={next(self._epochs)}"
                connection.sendall(f"GET {address} HTTP/1.1\r\n{self._headers}\r\n".encode())
            for connection in self._connections:
                answer = connection.recv(4096)
                while not answer.endswith(b"}"):  # uvicorn writes headers and body separately
                    answer += connection.recv(4096)
                assert answer.startswith(b"HTTP/1.1 200"), answer
                assert b'"sealed":true' in answer, answer
        return (self._spent() - before) / (BATCHES * len(self._connections)) / 1000

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def _spent(self) -> int:
        """The nanoseconds that its threads were on a CPU."""
        tasks = Path(f"/proc/{self._process}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


@contextmanager
def _connected(process: subprocess.Popen[str], port: int, token: str | None = None) -> Generator[Client]:
    client = Client(process.pid, port, token)
    try:
        yield client
    finally:
        client.close()
        process.terminate()


@contextmanager
def _served(peer: str) -> Generator[Client]:
    command = [sys.executable, __file__, "--serve", peer]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        with _connected(process, int(process.stdout.readline())) as client:
            yield client


@contextmanager
def _setpoint(token: str | None = None) -> Generator[Client]:
    """The whole service, with a run whose first epochs are sealed; one that asks for `token`, if there is one."""
    environment = os.environ | ({"SETPOINT_TOKEN": token} if token else {})
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("setpoint")), "serve", "--port", "0", "--data", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout
            found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
            assert found
            port = int(found[1])
            _put(port, "/v1/runs/resnet50", RUN, token)
            _put(port, "/v1/runs/resnet50/workers/rank0", {"epoch": 0, "lookahead": SEALED - 1}, token)
            with _connected(process, port, token) as client:
                yield client


def _put(port: int, path: str, body: object, token: str | None) -> None:
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    shown = {"Authorization": f"Bearer {token}"} if token else {}
    connection.request("PUT", path, json.dumps(body), {"Content-Type": "application/json", **shown})
    assert connection.getresponse().status in (200, 201)
    connection.close()


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
        answer = KEPT[request.path_params["run"], int(request.query_params["epoch"])]
        return Response(answer, media_type="application/json")

    return Starlette(routes=[Route("/v1/runs/{run}/lr", lr)])


def _fastapi() -> Any:
    from fastapi import FastAPI

    app = FastAPI()
    kept: dict[tuple[str, int], dict[str, Any]] = {key: json.loads(answer) for key, answer in KEPT.items()}

    async def lr(run: str, epoch: int) -> dict[str, Any]:
        return kept[run, epoch]

    app.get("/v1/runs/{run}/lr")(lr)
    return app


PEERS: dict[str, Callable[[], Any]] = {"asgi": _asgi, "starlette": _starlette, "fastapi": _fastapi}


if __name__ == "__main__":
    sys.exit(main())
