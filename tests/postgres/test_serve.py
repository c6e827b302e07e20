"""`setpoint serve` on PostgreSQL: replicas on one database, which may come later than they do."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from tests.postgres.server import Server, free_port, server

SERVE = [str(Path(sys.executable).with_name("setpoint")), "serve"]
STEP_LR = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}


class Replica:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self.said = list[str]()
        self.http = httpx.Client(base_url=self._address(process.stdout), timeout=20)

    def _address(self, stdout: IO[str]) -> str:
        for line in stdout:
            self.said.append(line)
            found = re.search(r"http://[\d.]+:\d+", line)
            if found is not None:
                return found[0]
        raise AssertionError(self.said)

    def json(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        answer = self.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def process(url: str, folder: Path) -> Generator["subprocess.Popen[str]"]:
    environ = {**os.environ, "SETPOINT_DATABASE_URL": url, "SETPOINT_PORT": "0", "SETPOINT_DATA": str(folder)}
    with subprocess.Popen(SERVE, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.terminate()
            running.communicate(timeout=20)


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Replica, Replica]]:
    url, folder = server().database(), tmp_path_factory.mktemp("replicas")
    with ExitStack() as stack:
        yield replica(stack, url, folder), replica(stack, url, folder)


def replica(stack: ExitStack, url: str, folder: Path) -> Replica:
    found = Replica(stack.enter_context(process(url, folder)))
    stack.callback(found.http.close)
    return found


def test_two_replicas_serve_the_same_runs(replicas: tuple[Replica, Replica]) -> None:
    one, other = replicas
    one.json("PUT", "/v1/runs/mnist", {"schedule": STEP_LR})
    assert other.json("PUT", "/v1/runs/mnist/workers/w0", {"epoch": 0})["lr"] == 0.1

    one.json("POST", "/v1/runs/mnist/changes", {"op": "scale", "factor": 0.5, "reason": "too fast"}, {"If-Match": "*"})

    assert other.json("PUT", "/v1/runs/mnist/workers/w0", {"epoch": 1})["lr"] == 0.05
    assert one.json("PUT", "/v1/runs/mnist/workers/w1", {"epoch": 1})["lr"] == 0.05
    assert other.json("PUT", "/v1/runs/mnist/workers/w1", {"epoch": 0})["lr"] == 0.1


def test_a_change_on_one_replica_is_told_to_those_who_watch_at_another(replicas: tuple[Replica, Replica]) -> None:
    one, other = replicas
    one.json("PUT", "/v1/runs/watched", {"schedule": STEP_LR})

    with other.http.stream("GET", "/v1/runs/watched/events") as events:
        lines = events.iter_lines()
        for line in lines:  # the heartbeat or comment that every stream begins with
            if line:
                break
        one.json("PUT", "/v1/runs/watched/workers/w0", {"epoch": 0})
        told = next(json.loads(line[5:]) for line in lines if line.startswith("data:") and "start" in line)

    assert told["start"] == 0


def test_the_service_says_what_an_acknowledged_write_survives(replicas: tuple[Replica, Replica]) -> None:
    one, _ = replicas

    info = one.json("GET", "/v1/info")

    assert (info["engine"], info["durability"]) == ("postgresql", "power-loss")
    assert info["durability_settings"] == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "synchronous_standby_names": "",
    }
    assert info["incarnation"] == 1
    assert any("power-loss" in line for line in one.said)


def test_a_service_that_requires_standbys_does_not_start_without(tmp_path: Path) -> None:
    for url in (server().database(), f"sqlite:///{tmp_path}/setpoint.db"):
        environ = {**os.environ, "SETPOINT_DATABASE_URL": url, "SETPOINT_REQUIRE_SYNC": "yes", "SETPOINT_PORT": "0"}
        ended = subprocess.run(SERVE, env=environ, capture_output=True, text=True, timeout=30, check=False)

        assert ended.returncode == 2
        assert "synchronous replication" in ended.stderr
        assert ended.stderr.count("\n") == 1


def test_a_service_that_waits_for_its_database_can_be_told_to_stop(tmp_path: Path) -> None:
    with process(f"postgresql://postgres@127.0.0.1:{free_port()}/postgres", tmp_path) as running:
        assert running.stderr is not None
        running.stderr.readline()

        running.terminate()

        assert "told to stop" in running.communicate(timeout=20)[1]


def test_a_database_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    late = Server.made()
    try:
        with process(late.url("postgres"), tmp_path) as running:
            assert running.stderr is not None
            assert f"Waiting for PostgreSQL at 127.0.0.1:{late.port}" in running.stderr.readline()

            late.start()

            found = Replica(running)
            assert found.json("GET", "/v1/info")["engine"] == "postgresql"
            found.http.close()
    finally:
        late.removed()
