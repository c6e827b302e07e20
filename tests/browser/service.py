"""A service of its own, as `setpoint serve` runs it, and what trainings and operators do to it meanwhile."""

import itertools
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 30, "gamma": 0.1}
PATIENCE = 20.0

_names = itertools.count(1)


class Service:
    """A process that serves a folder; it can be ended and started again at the same address."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self._folder = folder
        self._flags = flags
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Returns once it answers."""
        self._client = httpx.Client(base_url=self.url, timeout=PATIENCE)
        program = Path(sys.executable).with_name("setpoint")
        command = [str(program), "serve", "--port", str(self._port), "--data", str(self._folder), *self._flags]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline, "the service does not answer"
            time.sleep(0.05)
        if "--auth" in self._flags:
            self._client.headers["authorization"] = f"Bearer {self.token}"

    @property
    def token(self) -> str:
        """The administrator's, where tokens are asked for."""
        return (self._folder / "token").read_text(encoding="utf-8").strip()

    def holder(self, name: str, scope: str) -> str:
        """The token of somebody else."""
        answer = self.ask("POST", "/v1/tokens", {"name": name, "scope": scope})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["secret"])

    def link(self) -> str:
        """The address of a link that signs in once."""
        answer = self.ask("POST", "/v1/links")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["path"])

    def stop(self) -> None:
        self._client.close()
        self._process.terminate()
        self._process.wait(PATIENCE)

    def _answers(self) -> bool:
        try:
            return self._client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.request(method, path, json=body, headers=named)

    def run(self, name: str = "", **more: Any) -> str:
        """The name of a new run."""
        name = name or f"run-{next(_names)}"
        assert self.ask("PUT", f"/v1/runs/{name}", {"schedule": STEP, **more}).status_code == 201
        return name

    def check_in(self, run: str, epoch: int, worker: str = "rank0", attempt: int = 1) -> int:
        """The status of the answer."""
        body = {"epoch": epoch, "attempt": attempt}
        return self.ask("PUT", f"/v1/runs/{run}/workers/{worker}", body).status_code

    def train(self, run: str, until: int, worker: str = "rank0") -> None:
        """Seals every epoch up to and with `until`."""
        for epoch in range(until + 1):
            assert self.check_in(run, epoch, worker) == 200

    def measure(self, run: str, epoch: int, value: float | str, worker: str = "rank0") -> None:
        answer = self.ask("PUT", f"/v1/runs/{run}/workers/{worker}/metrics/{epoch}", {"value": value})
        assert answer.status_code == 200, answer.text

    def change(self, run: str, **what: Any) -> dict[str, Any]:
        answer = self.ask("POST", f"/v1/runs/{run}/changes", {"reason": "elsewhere", **what}, if_match="*")
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def log(self, run: str) -> list[dict[str, Any]]:
        changes: list[dict[str, Any]] = self.ask("GET", f"/v1/runs/{run}/changes").json()["changes"]
        return changes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
