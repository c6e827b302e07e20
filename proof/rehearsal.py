"""One request of each kind, in this process: what a service builds at its first request is there for all its forks."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from setpoint.api.asgi import ASGI
from setpoint.server.assemble import assemble
from setpoint.settings import Settings

_RUN = {"schedule": {"kind": "constant", "initial_lr": 0.1}, "plateau": {"variant": "torch"}}
_REQUESTS: tuple[tuple[str, str, object], ...] = (
    ("PUT", "/v1/runs/rehearsal", _RUN),
    ("PUT", "/v1/runs/rehearsal/workers/w", {"epoch": 0}),
    ("PUT", "/v1/runs/rehearsal/workers/w/metrics/0", {"value": 1}),
    ("POST", "/v1/runs/rehearsal/changes", {"op": "hold", "reason": "rehearsal"}),
    ("POST", "/v1/runs/rehearsal/attempts", {"from_epoch": 0}),
    ("GET", "/v1/runs/rehearsal/plan", None),
    ("GET", "/v1/runs/rehearsal/lr", None),
)


def rehearse() -> None:
    """Serve them all, without a socket; no thread is left afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_rehearsed(assemble(Settings(data=Path(folder)))))


async def _rehearsed(app: ASGI) -> None:
    told: asyncio.Queue[Any] = asyncio.Queue()
    said: asyncio.Queue[Any] = asyncio.Queue()
    living = asyncio.ensure_future(
        app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, told.get, said.put)
    )
    await told.put({"type": "lifespan.startup"})
    assert (await said.get())["type"] == "lifespan.startup.complete"
    for method, path, body in _REQUESTS:
        status = await _asked(app, method, path, json.dumps(body).encode() if body else b"")
        assert status < 300, f"{method} {path} is answered {status}"
    await told.put({"type": "lifespan.shutdown"})
    await said.get()
    await living


async def _asked(app: ASGI, method: str, path: str, content: bytes) -> int:
    headers = [(b"host", b"127.0.0.1:8321"), (b"if-match", b"*")]
    if content:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8321), "state": {},
    }  # fmt: skip
    messages: list[Any] = []
    body = iter([{"type": "http.request", "body": content, "more_body": False}])

    async def receive() -> Any:
        return next(body, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)
    status: int = messages[0]["status"]
    return status
