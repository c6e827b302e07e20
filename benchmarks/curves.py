"""What whole curves cost, beside `json.dumps` of the same list and beside stepping torch's StepLR.

    python benchmarks/curves.py [--json FILE] [--torch-python PATH]

CPU time, the best of several runs; only ratios mean anything on a shared machine. Memory is by how much the resident
size of a fresh process grows at most, after its first block (Linux). A step is what one curve keeps others waiting for.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

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


@dataclass(frozen=True)
class Row:
    """A measurement: ours, the peer's where there is one, and what is to be reached (of the ratio, else of ours)."""

    name: str
    unit: str
    ours: float
    peer: float | None = None
    goal: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def is_met(self) -> bool:
        return self.goal is None or (self.ours if self.ratio is None else self.ratio) <= self.goal


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements there too")
    parser.add_argument("--torch-python", default=FRAMEWORKS, metavar="PATH", help="a Python that can import torch")
    options = parser.parse_args()
    rows: list[Row] = []
    print(f"{'':50}{'ours':>9}{'peer':>9}       {'ratio':>7}  goal")
    for row in measured(str(options.torch_python)):
        print(line(row), flush=True)
        rows.append(row)
    if options.json:
        found = [{**asdict(row), "ratio": row.ratio, "is_met": row.is_met} for row in rows]
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


def measured(torch_python: str) -> Iterator[Row]:
    yield from _encoded()
    yield from _memory()
    yield from _steps()
    yield from _beside_torch(torch_python)


def line(row: Row) -> str:
    peer = f"{row.peer:9.2f}" if row.peer is not None else " " * 9
    ratio = f"{row.ratio:7.4f}" if row.ratio is not None else " " * 7
    goal = "" if row.goal is None else f"  <= {row.goal:g} {'met' if row.is_met else 'MISSED'}"
    return f"{row.name:50}{row.ours:9.2f}{peer} {row.unit:5} {ratio}{goal}"


def _encoded() -> Iterator[Row]:
    form = parse(COSINE).form
    lrs = values(form, range(MILLION)).tolist()
    peer = best(lambda: json.dumps(lrs), rounds=3)
    for encode, goal in ((encodings.json, 0.1), (encodings.csv, None), (encodings.ndjson, None), (encodings.raw, None)):
        ours = best(partial(_drain, encode, form))
        yield Row(f"1e6-point cosine as {encode.__name__} / json.dumps", "ms", ours, peer, goal)


def _drain(encode: Callable[[Curve], Iterable[bytes]], form: Form) -> None:
    for _ in encode(Curve(form, range(MILLION))):
        pass


def _memory() -> Iterator[Row]:
    for epochs in (MILLION, 10 * MILLION):
        yield Row(
            f"memory of streaming {epochs:.0e} points as JSON",
            "kB",
            _told(sys.executable, STREAMING, epochs),
            goal=5120,
        )


def _steps() -> Iterator[Row]:
    """The step that 99 of a hundred are faster than: of a vector, and of what takes many calls or many pieces."""
    for encode in (encodings.json, encodings.csv):
        yield Row(f"a step of cosine as {encode.__name__}, p99", "ms", _p99(encode(_curve(COSINE))), goal=2)
    for spec in (DECAY, RESTARTS, TABLE):
        yield Row(f"a step of {spec['kind']} as json, p99", "ms", _p99(encodings.json(_curve(spec))), goal=5)


def _curve(spec: dict[str, Any]) -> Curve:
    return Curve(parse(spec).form, range(MILLION // 10))


def _beside_torch(python: str) -> Iterator[Row]:
    """Two that underflow to 0 on the way; one that doesn't; and one that drops at every epoch."""
    for step_size, gamma, goal in ((30, 0.1, 0.1), (5, 0.1, 0.1), (5, 0.99999, 0.1), (1, 0.999999, None)):
        form = parse({"kind": "step", "initial_lr": 0.1, "step_size": step_size, "gamma": gamma}).form
        ours = best(partial(values, form, range(MILLION)))
        peer = _stepped(python, step_size, gamma)
        name = f"StepLR({step_size}, {gamma}) over 1e6 / torch's steps"
        yield Row(name if peer else f"{name}: torch not installed", "ms", ours, peer, goal if peer else None)


def _stepped(python: str, step_size: int, gamma: float) -> float | None:
    try:
        return _told(python, STEPPING, step_size, gamma, MILLION) * 1e3
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
    sys.exit(main())
