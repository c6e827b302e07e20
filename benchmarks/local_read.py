"""What a learning rate costs inside a grant: `run.lr(step)`, beside a list index and beside torch's own schedulers.

    python benchmarks/local_read.py [--seconds 2] [--json FILE]

All are read over the same steps by the same loop, in turns; the best of the turns counts, for other load only adds.
Nothing here needs a service: the run is given its grant by hand, and its thread never starts. torch is looked for in
the environment of the frameworks, which `make .venv-frameworks/ready` makes; without it the list index stays.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from setpoint.client.contact import Contact
from setpoint.client.grant import Grant
from setpoint.client.identity import Identity
from setpoint.client.locate import Place
from setpoint.client.outage import Terms
from setpoint.client.run import Run
from setpoint.client.transport import Transport

FRAMEWORKS = Path(__file__).parents[1] / ".venv-frameworks/bin/python"
STEPS = 2_000
WINDOW = 2 * STEPS + 2
RATES = [0.1 / (1 + step) for step in range(WINDOW)]
Read = Callable[[Sequence[int]], None]


@dataclass(frozen=True)
class Row:
    """`run.lr` beside a peer: both in nanoseconds, and the ratio (ours / peer) that may not be passed."""

    name: str
    ours: float
    peer: float
    most: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    @property
    def is_met(self) -> bool:
        return self.most is None or self.ratio <= self.most


def granted() -> Run:
    """A run in the middle of its training, which no read of `STEPS` makes ask for more."""
    contact = Contact(Transport(Place("http://127.0.0.1:1")), Identity("r", "rank0", WINDOW), 1, Terms("stall", 1, 1))
    contact.held.take(Grant(1, 0, WINDOW, RATES, {}, {}, "", 1), None)
    return Run(contact, {})


def nothing(steps: Sequence[int]) -> None:
    for _ in steps:
        pass


def indexed(rates: Sequence[float]) -> Read:
    def read(steps: Sequence[int]) -> None:
        for step in steps:
            rates[step]

    return read


def asked(run: Run) -> Read:
    def read(steps: Sequence[int]) -> None:
        lr = run.lr
        for step in steps:
            lr(step)

    return read


def called(call: Callable[[], object]) -> Read:
    def read(steps: Sequence[int]) -> None:
        for _ in steps:
            call()

    return read


def last(scheduler: Any) -> Read:
    def read(steps: Sequence[int]) -> None:
        get_last_lr = scheduler.get_last_lr
        for _ in steps:
            get_last_lr()[0]

    return read


def torch_readers() -> dict[str, Read]:
    """What a training with a scheduler of torch's own calls."""
    torch: Any = import_module("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30, 0.999)
    optimizer.step()
    return {"StepLR.step": called(scheduler.step), "get_last_lr": last(scheduler)}


def best(readers: dict[str, Read], seconds: float) -> dict[str, float]:
    """Nanoseconds a read, the loop itself left out."""
    steps = list(range(STEPS))
    times = dict.fromkeys(readers, float("inf"))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, read in readers.items():
            began = time.perf_counter_ns()
            read(steps)
            times[name] = min(times[name], (time.perf_counter_ns() - began) / STEPS)
    return {name: nanoseconds - times["loop"] for name, nanoseconds in times.items() if name != "loop"}


def rows(seconds: float) -> list[Row]:
    with granted() as run:
        readers: dict[str, Read] = {"loop": nothing, "run.lr": asked(run), "list index": indexed(RATES)}
        if find_spec("torch"):
            readers |= torch_readers()
        found = best(readers, seconds)
    most = {"StepLR.step": 1 / 20, "get_last_lr": 3.0}
    return [Row(name, found["run.lr"], found[name], most.get(name)) for name in found if name != "run.lr"]


def main() -> int:
    parser = argparse.ArgumentParser(description="What a learning rate costs inside a grant.")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements there too")
    options = parser.parse_args()
    if not find_spec("torch"):
        if FRAMEWORKS.exists():
            os.execv(FRAMEWORKS, [str(FRAMEWORKS), __file__, *sys.argv[1:]])
        print("torch is not here, so its schedulers are left out: make .venv-frameworks/ready brings it")
    found = rows(options.seconds)
    for row in found:
        goal = "" if row.most is None else f"  <= {row.most:g} {'met' if row.is_met else 'MISSED'}"
        print(f"run.lr / {row.name:12} {row.ours:7.1f} ns {row.peer:8.1f} ns  {row.ratio:7.3f}{goal}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in found], indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
