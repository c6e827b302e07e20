"""Backed up under load, lost, restored: nobody trains on on two values of one epoch without being told."""

import shutil
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from setpoint.cli.main import main
from tests.api.service import code
from tests.api_runs.process import Process, Run
from tests.cli.shell import run

WORKERS = 4


class Fleet:
    """Workers of one run, each of which checks in as fast as it is answered, and keeps what it was given last."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.given: dict[tuple[int, int], set[str]] = defaultdict(set)
        self.held: dict[str, dict[str, Any]] = {}
        self.epochs = dict.fromkeys([f"w{i}" for i in range(WORKERS)], -1)

    def check_in(self, http: httpx.Client, worker: str, epoch: int, attempt: int = 1) -> httpx.Response:
        body: dict[str, Any] = {"epoch": epoch, "attempt": attempt}
        if worker in self.held:
            body["held"] = self.held[worker]
        answer = http.put(f"/v1/runs/mnist/workers/{worker}", json=body)
        if answer.status_code == 200:
            found = answer.json()
            self.given[attempt, epoch].add(float(found["lr"]).hex())
            self.epochs[worker] = epoch
            self.held[worker] = {name: found["grant"][name] for name in ("start", "stop", "digest", "incarnation")}
        return answer

    @contextmanager
    def training(self) -> Generator[None]:
        stopped = threading.Event()
        threads = [threading.Thread(target=self._train, args=(worker, stopped)) for worker in self.epochs]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stopped.set()
            for thread in threads:
                thread.join()

    def _train(self, worker: str, stopped: threading.Event) -> None:
        with httpx.Client(base_url=self.url, timeout=20) as http:
            while not stopped.is_set():
                self.check_in(http, worker, self.epochs[worker] + 1)


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_after_a_restore_workers_are_told_and_train_on_in_a_new_attempt(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "monday.db"
    schedule = {"kind": "cosine", "initial_lr": 0.1, "epochs": 1_000_000}
    with Process(data) as service:
        training = Run(service.http, "mnist", schedule=schedule)
        fleet = Fleet(service.url)
        with fleet.training():
            until(lambda: min(fleet.epochs.values()) >= 20)
            assert main(["backup", str(backup), "--data", str(data)]) == 0
            reached = max(fleet.epochs.values())
            for _ in range(5):
                assert training.change("scale", factor=0.5).status_code == 201
            until(lambda: min(fleet.epochs.values()) >= reached + 20)
        assert service.end(signal.SIGKILL).code == -signal.SIGKILL
    shutil.rmtree(data)

    restored = run(f"restore {backup} --data {data}")
    frontier = int(restored.out.partition("frozen: mnist, sealed before epoch ")[2].split()[0])
    assert 20 <= frontier <= min(fleet.epochs.values())

    with Process(data) as service:
        http = service.http
        # Who comes back with what it was given is told that the store does not know it.
        for worker, epoch in fleet.epochs.items():
            assert code(fleet.check_in(http, worker, epoch)) == "history-diverged"
        # Nothing new is sealed, for whoever says nothing either; what is sealed is answered.
        assert code(http.put("/v1/runs/mnist/workers/new", json={"epoch": frontier})) == "history-diverged"
        assert code(http.put(f"/v1/runs/mnist/lr?epoch={frontier}")) == "history-diverged"
        old = http.put("/v1/runs/mnist/workers/new", json={"epoch": frontier - 1}).json()
        assert {float(old["lr"]).hex()} == fleet.given[1, frontier - 1]

        doctor = run(f"doctor --data {data} --url {service.url}")
        assert f"wrong  run mnist: frozen at epoch {frontier} of attempt 1" in doctor.out
        ended = run(f"rollback mnist --to {frontier - 5} --reason restored --yes --url {service.url}")
        assert ended.code == 0, ended.err

        # The old attempt is over, and the new one trains on past all that was lost.
        for worker, epoch in fleet.epochs.items():
            assert code(fleet.check_in(http, worker, epoch)) == "stale-attempt"
        fleet.held.clear()
        for epoch in range(frontier - 5, frontier + 60):
            for worker in fleet.epochs:
                assert fleet.check_in(http, worker, epoch, attempt=2).status_code == 200
        assert run(f"doctor --data {data} --url {service.url}").code == 0

    assert [place for place, values in fleet.given.items() if len(values) > 1] == []
