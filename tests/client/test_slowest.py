"""Asynchronous workers at their own pace, each a process, and one of them is killed."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from itertools import takewhile

import pytest

from setpoint import Run
from setpoint.client import call, events
from setpoint.client.transport import Transport
from setpoint.testing import Service
from tests.client.training import eventually

AHEAD, EPOCHS = 2, 15
WORKER = """
import sys, time
from setpoint import Run
url, run, worker, pace, start = sys.argv[1:]
step = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
settings = {"schedule": step, "progress": "slowest", "workers": 3, "max_lookahead": 2, "lookahead": 0}
with Run.join(url, run, worker=worker, **settings) as joined:
    for epoch in range(int(start), 15):
        print(epoch, joined.lr(epoch), flush=True)
        time.sleep(float(pace))
"""
EXPECTED = dict(enumerate([0.1] * 5 + [0.05] * 5 + [0.025] * 5))
PACES = {"quick": "0.002", "middling": "0.01", "dying": "0.03"}


class Worker:
    """A worker's process, and the rates that it has trained with so far."""

    def __init__(self, served: Service, run: str, name: str, start: int = 0) -> None:
        command = [sys.executable, "-c", WORKER, served.url, run, name, PACES[name], str(start)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.rates: dict[int, float] = {}

    def read_to(self, epoch: int) -> None:
        """Wait until it trains `epoch`."""
        assert self._process.stdout is not None
        while epoch not in self.rates:
            line = self._process.stdout.readline()
            assert line, "it ended before"
            at, rate = line.split()
            self.rates[int(at)] = float(rate)

    def kill(self) -> None:
        """End it as the machine's failing would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def end(self) -> int:
        """Its exit code, once it is through."""
        if EPOCHS - 1 not in self.rates:
            self.read_to(EPOCHS - 1)
        code = self._process.wait(30)
        self.kill()
        return code


@contextmanager
def working(served: Service, run: str) -> Generator[Mapping[str, Worker]]:
    workers = {name: Worker(served, run, name) for name in PACES}
    try:
        yield workers
    finally:
        for worker in workers.values():
            worker.kill()


def killed(workers: Mapping[str, Worker]) -> None:
    """One dies at epoch 4 or soon after; the others go as far as they may without it."""
    workers["dying"].read_to(4)
    workers["dying"].kill()
    for name in ("quick", "middling"):
        workers[name].read_to(4 + AHEAD)


def furthest_apart(transport: Transport, run: str) -> int:
    """By how much a sealed epoch was ahead of the slowest worker at that moment, at most."""
    transport.ask(call.finish(run))
    history = events.follow(transport, call.events(run), after="0")
    at, widest = dict.fromkeys(PACES, 0), 0
    for event in takewhile(lambda event: event.kind != "state", history):
        match event.kind:
            case "progress":
                at[event.data["worker"]] = event.data["epoch"]
            case "left":
                at.pop(event.data["worker"], None)
            case "sealed" if at:
                widest = max(widest, event.data["stop"] - 1 - min(at.values()))
            case _:
                pass
    return widest


def relaunched(served: Service, run: str, workers: Mapping[str, Worker]) -> list[Worker]:
    """It comes back from its checkpoint, and all go on."""
    return [workers["quick"], workers["middling"], Worker(served, run, "dying", start=3)]


def removed(served: Service, run: str, workers: Mapping[str, Worker]) -> list[Worker]:
    """The operator says that it will not come back."""
    with Run.join(served.url, run, worker="operator") as operator, Transport(operator.place) as transport:
        transport.ask(call.leave(run, "dying"))
    return [workers["quick"], workers["middling"]]


@pytest.mark.parametrize("mended", [relaunched, removed])
def test_who_outruns_a_worker_that_died_waits_until_it_is_back_or_removed(
    mended: Callable[..., list[Worker]], served: Service
) -> None:
    run = f"died-{mended.__name__}"
    with working(served, run) as workers:
        killed(workers)
        going = mended(served, run, workers)
        ends = [worker.end() for worker in going]

    assert ends == [0] * len(going)
    assert all(EXPECTED[epoch] == rate for worker in going for epoch, rate in worker.rates.items())
    assert all(max(worker.rates) == EPOCHS - 1 for worker in going)
    with Run.join(served.url, run, worker="looker") as looker, Transport(looker.place) as transport:
        assert furthest_apart(transport, run) <= AHEAD


def test_the_dead_hold_the_others_no_further_back_than_was_agreed(served: Service) -> None:
    with working(served, "held-back") as workers:
        killed(workers)
        with Run.join(served.url, "held-back", worker="looker") as looker, Transport(looker.place) as transport:
            last = max(workers["dying"].rates)

            def waiting() -> bool:
                told = transport.ask(call.workers("held-back")).body["workers"]
                return all(each["epoch"] >= last + AHEAD for each in told if each["worker"] in ("quick", "middling"))

            eventually(waiting)
            assert re.fullmatch("[45]", str(transport.ask(call.show("held-back")).body["position"]))
