"""What a sealed learning rate of a run costs over HTTP, beside raw ASGI, a Starlette and a FastAPI route.

    python -m benchmarks hot [--json FILE]

As in `stateless.py`: each peer runs in a uvicorn process of its own, and what counts is the CPU time of that process
per request, the least of several rounds in turn. A rate of 0.8 of raw ASGI is 1 / 0.8 of its time. The service reads
the same bytes once; so what a request costs that nobody has sent in these words is told too.
"""

import json
import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count, cycle
from typing import Any

from benchmarks.harness import servers
from benchmarks.harness.cost import Client, get
from benchmarks.harness.goals import Row, main

ROUNDS = 9
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


def measured() -> Iterator[Row]:
    cost = _costs()
    for name, peer, goal in (
        ("raw ASGI, constant body", "asgi", 0.8),
        ("Starlette route", "starlette", 1.35),
        ("ordinary FastAPI route", "fastapi", 3.0),
    ):
        ratio = cost[peer] / cost["setpoint"]
        yield Row(f"GET /v1/runs/{{run}}/lr, sealed / {name}", "us", cost["setpoint"], cost[peer], ratio, at_least=goal)
    ratio = cost["asgi"] / cost["unread"]
    yield Row("the same in words that are new / raw ASGI", "us", cost["unread"], cost["asgi"], ratio, at_least=0.8)
    ratio = cost["tokens"] / cost["setpoint"]
    yield Row("the same with tokens / without", "us", cost["tokens"], cost["setpoint"], ratio, at_most=AUTH_MAY_ADD)


def _costs() -> dict[str, float]:
    """CPU time per request of each server, in microseconds."""
    epochs, numbers = cycle(range(SEALED)), count()

    def address() -> str:
        return f"/v1/runs/resnet50/lr?epoch={next(epochs)}"

    def unread() -> bytes:
        return get(address(), more=f"X-Number: {next(numbers)}\r\n")

    with ExitStack() as stack:
        clients = {name: Client(stack.enter_context(servers.peer("hot", name))) for name in PEERS}
        clients["setpoint"] = stack.enter_context(_setpoint())
        clients["tokens"] = stack.enter_context(_setpoint(TOKEN))
        rounds = [
            {
                **{name: client.cost(address) for name, client in clients.items()},
                "unread": clients["setpoint"].spent_on(unread),
            }
            for _ in range(ROUNDS)
        ]
    return {name: min(one[name] for one in rounds[1:]) for name in rounds[0]}


@contextmanager
def _setpoint(token: str | None = None) -> Generator[Client]:
    """The whole service, with a run whose first epochs are sealed; one that asks for `token`, if there is one."""
    environment = os.environ | ({"SETPOINT_TOKEN": token} if token else {})
    with tempfile.TemporaryDirectory() as folder, servers.setpoint(folder, environment) as server:
        server.put("/v1/runs/resnet50", RUN, token)
        server.put("/v1/runs/resnet50/workers/rank0", {"epoch": 0, "lookahead": SEALED - 1}, token)
        yield Client(server, token)


# Peers


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


PEERS = {
    "asgi": lambda: servers.serve(servers.constant(ANSWER), lifespan="off"),
    "starlette": lambda: servers.serve(_starlette(), lifespan="off"),
    "fastapi": lambda: servers.serve(_fastapi(), lifespan="off"),
}


if __name__ == "__main__":
    sys.exit(main(__doc__, measured, PEERS))
