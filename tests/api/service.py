"""The service, asked in this process, or over a socket of a server in a thread."""

import asyncio
import re
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

import httpx
import uvicorn

from setpoint.api.app import build
from setpoint.api.asgi import ASGI
from setpoint.settings import Settings

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
FLAT = "kind=step&initial_lr=0.1&step_size=5&gamma=0.5"
PATIENCE = 20.0


class Service:
    """A service of its own, asked without a socket."""

    def __init__(self, app: ASGI | None = None) -> None:
        self.app = app or build(Settings())

    def ask(self, method: str, address: str, **sent: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8321") as client:
                return await client.request(method, address, **sent)

        return asyncio.run(once())

    def get(self, address: str, **headers: str) -> httpx.Response:
        return self.ask("GET", address, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, address: str, body: object) -> httpx.Response:
        return self.ask("POST", address, json=body)

    def post_text(self, address: str, body: str | bytes) -> httpx.Response:
        return self.ask("POST", address, content=body, headers={"Content-Type": "application/json"})


def pointers(answer: httpx.Response) -> list[str]:
    """Where its problem says that something is wrong."""
    return [fault["pointer"] for fault in answer.json()["errors"]]


def code(answer: httpx.Response) -> str:
    """The code of its problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).removeprefix("/problems/")


@contextmanager
def serving(
    app: ASGI | None = None, http: Literal["httptools", "h11"] | type[asyncio.Protocol] = "httptools"
) -> Generator[int]:
    """The port of a server that runs in a thread."""
    config = uvicorn.Config(
        app or build(Settings()), http=http, ws="none", lifespan="off", log_level="critical", proxy_headers=False
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


def exchange(port: int, *parts: bytes) -> bytes:
    """What a server answers to these bytes: one whole answer, or what came before the end or a silence."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
        for part in parts:
            connection.sendall(part)
        try:
            while not _is_whole(received) and (chunk := connection.recv(65536)):
                received += chunk
        except (TimeoutError, ConnectionResetError):
            pass
    return received


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return bool(end) and length is not None and len(body) >= int(length[1])
