"""The service as a process of its own, in a folder of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

PATIENCE = 20.0
STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
SETPOINT = str(Path(sys.executable).with_name("setpoint"))
ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{ROOT / 'service'}:{ROOT}"}
ANY_PLAN = {"If-Match": "*"}


class Ended(NamedTuple):
    """How a process came to its end: its exit code, what it wrote to standard error, and the seconds it took."""

    code: int
    errors: str
    seconds: float


class Process:
    """`setpoint serve` on a free port."""

    def __init__(self, data: Path, *flags: str, command: Sequence[str] = (SETPOINT, "serve")) -> None:
        words = [*command, *flags, "--port", "0", "--data", str(data)]
        self._process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
        assert self._process.stdout is not None
        # Nothing is printed by one that does not start, and what a database survives before the address.
        served = next((line for line in self._process.stdout if " serves " in line), "")
        self.url = served.split()[3] if served else ""
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, number: signal.Signals = signal.SIGTERM) -> Ended:
        """Signal it, and wait for its end."""
        self._process.send_signal(number)
        return self.ended()

    def ended(self) -> Ended:
        began = time.monotonic()
        _, errors = self._process.communicate(timeout=PATIENCE)
        return Ended(self._process.returncode, errors, time.monotonic() - began)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()
        self._process.kill()
        self._process.communicate()


class Run:
    """A run of a service, asked over HTTP."""

    def __init__(self, http: httpx.Client, name: str, **settings: Any) -> None:
        self.http = http
        self.at = f"/v1/runs/{name}"
        self.created = http.put(self.at, json={"schedule": STEP} | settings)

    def get(self, address: str = "", **headers: str) -> httpx.Response:
        return self.http.get(self.at + address, headers={n.replace("_", "-"): value for n, value in headers.items()})

    def check_in(self, worker: str, epoch: int, **more: Any) -> httpx.Response:
        return self.http.put(f"{self.at}/workers/{worker}", json={"epoch": epoch} | more)

    def change(self, op: str, headers: dict[str, str] | None = None, query: str = "", **more: Any) -> httpx.Response:
        body = {"op": op, "reason": "a test"} | more
        return self.http.post(f"{self.at}/changes{query}", json=body, headers=ANY_PLAN if headers is None else headers)

    def attempt(self, from_epoch: int, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        body = {"from_epoch": from_epoch} | more
        return self.http.post(f"{self.at}/attempts", json=body, headers=ANY_PLAN if headers is None else headers)

    def metric(self, worker: str, epoch: int, value: object, **more: Any) -> httpx.Response:
        return self.http.put(f"{self.at}/workers/{worker}/metrics/{epoch}", json={"value": value} | more)


@contextmanager
def stream(http: httpx.Client, address: str, **headers: str) -> Generator["Events"]:
    """The events of a stream, as they come."""
    with http.stream("GET", address, headers={n.replace("_", "-"): value for n, value in headers.items()}) as answer:
        assert answer.status_code == 200
        yield Events(answer)


class Event(NamedTuple):
    id: str | None
    kind: str
    data: str


class Events:
    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()

    def next(self) -> Event:
        """The next event; comments and `retry` are passed over."""
        found: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name:
                found[name] = value
            elif "event" in found:
                return Event(found.get("id"), found["event"], found["data"])
            else:
                found.clear()
        raise EOFError

    def take(self, count: int) -> list[Event]:
        return [self.next() for _ in range(count)]
