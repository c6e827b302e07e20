"""Servers in processes of their own, started and ended by the script that measures them."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from shutil import which
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    process: int
    port: int
    seconds: float
    """From the command until it answers."""

    def spent(self) -> int:
        """The nanoseconds that its threads were on a CPU."""
        tasks = Path(f"/proc/{self.process}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def memory(self) -> float:
        """What it has of the machine's memory, in KiB."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process}/status").read_text())
        assert found
        return float(found[1])

    def connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def put(self, path: str, body: object, token: str | None = None) -> None:
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        http = HTTPConnection("127.0.0.1", self.port, timeout=20)
        http.request("PUT", path, json.dumps(body), {"Content-Type": "application/json", **shown})
        answer = http.getresponse()
        assert answer.status in (200, 201), answer.read()
        http.close()


@contextmanager
def started(command: list[str], address: str, environment: Mapping[str, str] | None = None) -> Generator[Server]:
    """The process of `command`, once it says on its first line where it serves."""
    began = time.perf_counter()
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True, "cwd": ROOT, "env": environment}
    with subprocess.Popen(command, **options) as process:
        try:
            assert process.stdout
            found = re.search(address, process.stdout.readline())
            assert found, f"{command[0]} did not start"
            yield Server(process.pid, int(found[1]), time.perf_counter() - began)
        finally:
            process.terminate()


def setpoint(folder: Path | str, environment: Mapping[str, str] | None = None) -> AbstractContextManager[Server]:
    """The whole service, on that folder."""
    program = str(Path(sys.executable).with_name("setpoint"))
    command = [program, "serve", "--port", "0", "--data", str(Path(folder).resolve())]
    return started(command, r"http://127\.0\.0\.1:(\d+)", environment)


def peer(benchmark: str, name: str, environment: Mapping[str, str] | None = None) -> AbstractContextManager[Server]:
    """What `benchmark` gives to be served under that name."""
    return started([sys.executable, "-m", f"benchmarks.{benchmark}", "--serve", name], r"^(\d+)$", environment)


@contextmanager
def installed(
    program: str, flags: Callable[[int], list[str]], environment: Mapping[str, str] | None = None
) -> Generator[Server | None]:
    """A server that no Python package brings, on a port that `flags` is told; None where it is not installed."""
    path = which(program)
    if path is None:
        yield None
        return
    began, port = time.perf_counter(), free_port()
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    with subprocess.Popen([path, *flags(port)], **quiet) as process:
        try:
            _await_listening(port)
            yield Server(process.pid, port, time.perf_counter() - began)
        finally:
            process.terminate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await_listening(port: int) -> None:
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


def serve(app: Any, **options: Any) -> int:
    """Be a uvicorn as fast as it gets, and tell the port."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    chosen: dict[str, Any] = {
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "access_log": False,
        "log_level": "error",
    }
    uvicorn.Server(uvicorn.Config(app, **chosen, **options)).run(sockets=[listener])
    return 0


def constant(body: bytes) -> Any:
    """Raw ASGI: the same answer to everything, once the request is there."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] != "GET":
            await receive()
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app
