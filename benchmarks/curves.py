"""What whole curves cost, beside `json.dumps` of the same list and beside stepping torch's StepLR.

    python -m benchmarks curves [--json FILE]

CPU time, the best of several runs; only ratios mean anything on a shared machine. Memory is by how much the resident
size of a fresh process grows at most, after its first block (Linux). A step is what one curve keeps others waiting for.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.harness.goals import Row, main, warn
from setpoint.curves import encodings
from setpoint.curves.blocks import values
from setpoint.curves.encodings import Curve
from setpoint.schedules.form import Form
from setpoint.schedules.kinds import parse

MILLION = 10**6
ROUNDS = 5
COSINE: dict[str, Any] = {"kind": "cosine", "initial_lr": 0.1, "epochs": MILLION}
TABLE: dict[str, Any] = {"kind": "table", "values": [0.1, 0.2, 0.3], "past_end": "repeat"}
RESTARTS: dict[str, Any] = {"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 10}
DECAY: dict[str, Any] = {"kind": "exponential", "initial_lr": 0.1, "gamma": 0.999999}
FRAMEWORKS = Path(__file__).parents[1] / ".venv-frameworks/bin/python"

STEPPING = """
import sys, time, warnings
import torch
warnings.simplefilter("ignore")
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, int(sys.argv[1]), float(sys.argv[2]))
begun = time.process_time()
for _ in range(int(sys.argv[3])):
    scheduler.step()
print(time.process_time() - begun)
"""

STREAMING = """
import re, sys
from pathlib import Path
from setpoint.curves.encodings import Curve, json
from setpoint.schedules.kinds import parse
form = parse({"kind": "cosine", "initial_lr": 0.1, "epochs": 10**7}).form
def stream(stop):
    for _ in json(Curve(form, range(stop))):
        pass
def resident(which):
    return int(re.search(which + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
stream(8192)
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
stream(int(sys.argv[1]))
print(resident("VmHWM") - before)
"""


def measured() -> Iterator[Row]:
    yield from _encoded()
    yield from _memory()
    yield from _steps()
    yield from _beside_torch()


def _encoded() -> Iterator[Row]:
    form = parse(COSINE).form
    lrs = values(form, range(MILLION)).tolist()
    peer = best(lambda: json.dumps(lrs), rounds=3)
    for encode, goal in ((encodings.json, 0.1), (encodings.csv, None), (encodings.ndjson, None), (encodings.raw, None)):
        ours = best(partial(_drain, encode, form))
        yield Row(f"1e6-point cosine as {encode.__name__} / json.dumps", "ms", ours, peer, ours / peer, at_most=goal)


def _drain(encode: Callable[[Curve], Iterable[bytes]], form: Form) -> None:
    for _ in encode(Curve(form, range(MILLION))):
        pass


def _memory() -> Iterator[Row]:
    for epochs in (MILLION, 10 * MILLION):
        yield Row(
            f"memory of streaming {epochs:.0e} points as JSON",
            "kB",
            _told(sys.executable, STREAMING, epochs),
            at_most=5120,
        )


def _steps() -> Iterator[Row]:
    """The step that 99 of a hundred are faster than: of a vector, and of what takes many calls or many pieces."""
    for encode in (encodings.json, encodings.csv):
        yield Row(f"a step of cosine as {encode.__name__}, p99", "ms", _p99(encode(_curve(COSINE))), at_most=2)
    for spec in (DECAY, RESTARTS, TABLE):
        yield Row(f"a step of {spec['kind']} as json, p99", "ms", _p99(encodings.json(_curve(spec))), at_most=5)


def _curve(spec: dict[str, Any]) -> Curve:
    return Curve(parse(spec).form, range(MILLION // 10))


def _beside_torch() -> Iterator[Row]:
    """Two that underflow to 0 on the way; one that doesn't; and one that drops at every epoch."""
    for step_size, gamma, goal in ((30, 0.1, 0.1), (5, 0.1, 0.1), (5, 0.99999, 0.1), (1, 0.999999, None)):
        form = parse({"kind": "step", "initial_lr": 0.1, "step_size": step_size, "gamma": gamma}).form
        ours = best(partial(values, form, range(MILLION)))
        peer = _stepped(step_size, gamma)
        name = f"StepLR({step_size}, {gamma}) over 1e6 / torch's steps"
        if peer:
            yield Row(name, "ms", ours, peer, ours / peer, at_most=goal)
        else:
            warn(f"{FRAMEWORKS} can't import torch (make .venv-frameworks/ready): not measured")


def _stepped(step_size: int, gamma: float) -> float | None:
    try:
        return _told(str(FRAMEWORKS), STEPPING, step_size, gamma, MILLION) * 1e3
    except (OSError, subprocess.CalledProcessError):
        return None


def best(function: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Its CPU time in ms, the least of several."""
    return min(_timed(function) for _ in range(rounds)) * 1e3


def _timed(function: Callable[[], object]) -> float:
    begun = time.process_time()
    function()
    return time.process_time() - begun


def _p99(steps: Iterable[bytes]) -> float:
    """The CPU time in ms of the slowest step in a hundred."""
    times: list[float] = []
    begun = time.thread_time()
    for _ in steps:
        times.append(time.thread_time() - begun)
        begun = time.thread_time()
    return quantiles(times, n=100)[-1] * 1e3


def _told(python: str, script: str, *arguments: object) -> float:
    """The number that a script prints in a process of its own."""
    command = [python, "-c", script, *map(str, arguments)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout)


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
