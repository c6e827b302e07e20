"""What one learning rate costs over HTTP, beside a raw ASGI app, a Starlette route and an ordinary FastAPI route.

    python -m benchmarks stateless [--json FILE]

The service runs as it is, and each peer in a uvicorn process of its own. What counts is the CPU time of that process
per request, the least of several rounds (peers take turns); only ratios mean anything on a shared machine. A rate of
0.8 of raw ASGI is 1 / 0.8 of its time. Start-up is the CPU time until the application is built.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

from benchmarks.harness import servers
from benchmarks.harness.cost import Client
from benchmarks.harness.goals import Row, main

ROUNDS = 7
STEP = "kind=step&initial_lr=0.1&step_size=5&gamma=0.5"
AGAIN = f"/v1/lr?{STEP}&epoch=12"
ANSWER = b'{"epoch":12,"lr":0.025}'


def measured() -> Iterator[Row]:
    cost = _costs()
    for name, ours, peer, goal in (
        ("asked again / raw ASGI, constant body", "again", "asgi", 0.8),
        ("asked again / Starlette route", "again", "starlette", None),
        ("asked again / ordinary FastAPI route", "again", "fastapi", None),
        ("new / ordinary FastAPI route of the same StepLR", "new", "fastapi", 0.9),
        ("new / raw ASGI, constant body", "new", "asgi", None),
    ):
        yield Row(f"GET /v1/lr {name}", "us", cost[ours], cost[peer], cost[peer] / cost[ours], at_least=goal)
    began, least = _startups(BUILDING, "import fastapi, uvicorn")
    yield Row("start-up / importing fastapi and uvicorn", "ms", began, least, began / least, at_most=1.4)


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
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        clients = {name: Client(stack.enter_context(servers.peer("stateless", name))) for name in PEERS}
        clients["setpoint"] = Client(stack.enter_context(servers.setpoint(folder)))
        rounds = [{name: clients[peer].cost(ask) for name, (peer, ask) in asked.items()} for _ in range(ROUNDS)]
    return {name: min(one[name] for one in rounds[1:]) for name in asked}


# Peers


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


PEERS = {
    "asgi": lambda: servers.serve(servers.constant(ANSWER)),
    "starlette": lambda: servers.serve(_starlette()),
    "fastapi": lambda: servers.serve(_fastapi()),
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
    sys.exit(main(__doc__, measured, PEERS))
