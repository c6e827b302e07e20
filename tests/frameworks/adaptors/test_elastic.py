"""A training under torchrun's own agents, one for each node of which one is lost and others come."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.transport import Transport
from setpoint.testing import Service
from tests.frameworks.adaptors import rank
from tests.frameworks.adaptors.rank import Job
from tests.frameworks.adaptors.ranks import ROOT, Line, eventually

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 20, "gamma": 0.5}
UPDATES = 100
SCHEDULED = {epoch: 0.1 * 0.5 ** (epoch // 20) for epoch in range(UPDATES)}
TIMES = "last_call_timeout=3,join_timeout=120,keep_alive_interval=1,keep_alive_max_attempt=6"
FRESH = {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
"""A store for each launch. torch 2.13 takes the same one again, and gloo then calls ranks that are gone."""


class Nodes:
    """Agents that meet at the first one; each starts one rank."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._agents: list[subprocess.Popen[bytes]] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]

    def add(self, count: int) -> None:
        for number in range(len(self._agents), len(self._agents) + count):
            with (Path(self._job.folder) / f"agent{number}.txt").open("w") as said:
                settings = {
                    **FRESH,
                    "OMP_NUM_THREADS": "1",
                    "PYTHONPATH": str(ROOT),
                    "JOB": json.dumps(self._job._asdict()),
                }
                self._agents.append(
                    subprocess.Popen(self._agent(number), env={**os.environ, **settings}, stdout=said, stderr=said)
                )

    def lose(self, number: int) -> None:
        """An agent and its rank are gone, as when a node loses its power."""
        agent = self._agents[number]
        for pid in [*_children(agent.pid), agent.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        agent.wait()

    def launches(self) -> list[list[Line]]:
        """What the ranks of each launch have written, each line with its rank."""
        found: dict[str, list[Line]] = {}
        for path in Path(self._job.folder).glob("*.jsonl"):
            launch, writer = path.stem.split("-")
            written = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
            found.setdefault(launch, []).extend({**json.loads(line), "rank": writer} for line in written)
        return list(found.values())

    def await_update(self, ranks: int, epoch: int) -> None:
        """Wait until so many ranks together have made the update of `epoch`, or a later one."""
        eventually(lambda: any(line["ranks"] == ranks and line["epoch"] >= epoch for line in _updates(self.launches())))

    def await_end(self) -> list[int]:
        return [agent.wait(240) for agent in self._agents]

    def close(self) -> None:
        for number, agent in enumerate(self._agents):
            if agent.poll() is None:
                self.lose(number)

    def _agent(self, number: int) -> list[str]:
        return [
            *(sys.executable, "-m", "torch.distributed.run", "--nnodes=3:5", "--nproc-per-node=1", "--max-restarts=9"),
            *("--rdzv-backend=c10d", f"--rdzv-endpoint=127.0.0.1:{self._port}", "--rdzv-id=elastic"),
            *(f"--rdzv-conf={TIMES},is_host={int(number == 0)}", "--local-addr=127.0.0.1", "--monitor-interval=0.1"),
            *("--module", rank.__name__),
        ]


@contextmanager
def nodes(remote: dict[str, Any]) -> Generator[Nodes]:
    with tempfile.TemporaryDirectory(prefix="setpoint-elastic-") as folder:
        job = Job(folder, 0, 0, UPDATES, remote, has_checkpoints=True, is_launched=True)
        # So slow that others come while it trains, until they are there.
        job = job._replace(pause_seconds=0.7, unpaused_ranks=5)
        found = Nodes(job)
        try:
            yield found
        finally:
            found.close()


@contextmanager
def watched(service: Service, run: str) -> Generator[list[tuple[int, int]]]:
    """Each attempt and position that the run is seen at, meanwhile."""
    seen: list[tuple[int, int]] = []
    is_over = threading.Event()

    def watch() -> None:
        with Transport(Place(service.url)) as transport:
            while not is_over.wait(0.05):
                found = transport.ask(call.show(run)).body
                seen.append((found["attempt"], found["position"]))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield seen
    finally:
        is_over.set()
        watching.join()


@pytest.mark.proof
@pytest.mark.parametrize("asks", ["one", "every"])
def test_four_ranks_then_three_then_five_are_each_one_attempt(asks: str, served: Service) -> None:
    with nodes({"url": served.url, "run": f"elastic-{asks}", "schedule": STEP, "asks": asks}) as training:
        training.add(4)
        training.await_update(4, 3)
        with watched(served, f"elastic-{asks}") as seen:
            training.lose(2)
            training.await_update(3, 8)
            training.add(2)
            training.await_update(5, 9)
            codes = training.await_end()
        launches = training.launches()

    updates, begun = _updates(launches), [_updates([launch]) for launch in launches if _updates([launch])]
    assert sorted(codes) == [-signal.SIGKILL, 0, 0, 0, 0, 0]
    assert {3, 4, 5} <= {line["ranks"] for line in updates}
    assert all(float.fromhex(line["lr"]) == SCHEDULED[line["epoch"]] for line in updates)
    assert {line["epoch"] for line in updates} == set(SCHEDULED)
    assert _went_back(updates) == []
    assert seen == sorted(seen)
    attempts = [{line["attempt"] for line in launch} for launch in begun]
    assert len(begun) == sum(map(len, attempts)) == len(set().union(*attempts))
    assert seen[-1][0] <= len(launches)
    assert all(_are_one(launch) for launch in begun)
    ends = [line["end"] for launch in launches for line in launch if "end" in line]
    assert ends.count("done") == 5
    assert "StaleAttempt" not in ends


def _updates(launches: list[list[Line]]) -> list[Line]:
    return [line for launch in launches for line in launch if "epoch" in line]


def _went_back(updates: list[Line]) -> list[int]:
    """Epochs that a later attempt trained though an earlier one had gone further."""
    epochs = [epoch for _, epoch in sorted((line["attempt"], line["epoch"]) for line in updates)]
    return [epoch for before, epoch in pairwise(epochs) if epoch < before]


def _are_one(updates: list[Line]) -> bool:
    """Whether the ranks of a launch had the same weights, to the bit, after each update."""
    return len({(line["epoch"], line["weights"]) for line in updates}) == len({line["epoch"] for line in updates})


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
