"""How long until the last of many watchers of a run knows of a change, and what each takes of the service's memory.

    python -m benchmarks watchers [--json FILE]

The time runs from the moment the change is sent until the last watcher has its event: the decision and the fsync are in
it. The median of several changes counts. Memory is what the process has grown by since it had no watcher.
"""

import json
import resource
import socket
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from selectors import EVENT_READ, DefaultSelector
from statistics import median

from benchmarks.harness.goals import Row, main
from benchmarks.harness.servers import Server, setpoint

CHANGES = 7
AT_ONCE = 500
"""Connections that are opened together: fewer than the service's backlog."""
RUN = {"schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 90}}
GOALS = ((1_000, 50.0), (10_000, 500.0))
MOST_KIB = 16.0


def measured() -> Iterator[Row]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for watchers, goal in GOALS:
        with tempfile.TemporaryDirectory() as folder, setpoint(folder) as server:
            service = Service(server)
            before = server.memory()
            with service.watched(watchers) as crowd:
                kib = (server.memory() - before) / watchers
                taken = [crowd.told(change) for change in range(CHANGES)]
        yield Row(f"change to the last of {watchers:,} watchers", "ms", median(taken[1:]) * 1000, at_most=goal)
        yield Row(f"memory of each of {watchers:,} watchers", "KiB", kib, at_most=MOST_KIB)


class Service:
    """The service, with one run."""

    def __init__(self, server: Server) -> None:
        self.port = server.port
        self._http = HTTPConnection("127.0.0.1", server.port, timeout=20)
        assert self.ask("PUT", "/v1/runs/r", RUN) == 201

    def ask(self, method: str, path: str, body: object) -> int:
        headers = {"Content-Type": "application/json", "If-Match": "*"}
        self._http.request(method, path, json.dumps(body), headers)
        answer = self._http.getresponse()
        answer.read()
        return answer.status

    @contextmanager
    def watched(self, watchers: int) -> Generator["Crowd"]:
        crowd = Crowd(self)
        try:
            while crowd.size < watchers:
                crowd.grow(min(AT_ONCE, watchers - crowd.size))
            yield crowd
        finally:
            crowd.close()


class Crowd:
    """Watchers of the run."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._connections: list[socket.socket] = []
        self._selector = DefaultSelector()

    @property
    def size(self) -> int:
        return len(self._connections)

    def grow(self, count: int) -> None:
        """So many more, each of whom is known to be listening."""
        fresh = [socket.create_connection(("127.0.0.1", self._service.port), timeout=60) for _ in range(count)]
        for connection in fresh:
            connection.sendall(b"GET /v1/runs/r/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for connection in fresh:
            answer = b""
            while b"retry: " not in answer:
                answer += connection.recv(4096)
            self._selector.register(connection, EVENT_READ)
        self._connections += fresh

    def told(self, change: int) -> float:
        """The seconds from sending a change until all of them have its event."""
        waiting = set(self._connections)
        began = time.perf_counter()
        body = {"op": "scale", "factor": 1 + change / 100, "reason": "a measurement"}
        assert self._service.ask("POST", "/v1/runs/r/changes", body) == 201
        while waiting:
            for key, _ in self._selector.select():
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                if b"event: change" in connection.recv(65536):
                    waiting.discard(connection)
        return time.perf_counter() - began

    def close(self) -> None:
        self._selector.close()
        for connection in self._connections:
            connection.close()


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
