"""What a learning rate costs inside a grant: `run.lr(step)`, beside a list index and beside torch's own schedulers.

    python -m benchmarks local_read [--json FILE]

All are read over the same steps by the same loop, in turns; the best of the turns counts, for other load only adds.
Nothing here needs a service: the run is given its grant by hand, and its thread never starts. torch is looked for in
the environment of the frameworks, which `make .venv-frameworks/ready` makes; without it the list index stays.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.harness.goals import Row, main, warn
from benchmarks.harness.servers import ROOT
from setpoint.client.contact import Contact
from setpoint.client.grant import Grant
from setpoint.client.identity import Identity
from setpoint.client.outage import Terms
from setpoint.client.place import Place
from setpoint.client.run import Run
from setpoint.client.transport import Transport

FRAMEWORKS = ROOT / ".venv-frameworks/bin/python"
STEPS = 2_000
SECONDS = 2.0
WINDOW = 2 * STEPS + 2
RATES = [0.1 / (1 + step) for step in range(WINDOW)]
Read = Callable[[Sequence[int]], None]


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


def measured() -> Iterator[Row]:
    with granted() as run:
        readers: dict[str, Read] = {"loop": nothing, "run.lr": asked(run), "list index": indexed(RATES)}
        if find_spec("torch"):
            readers |= torch_readers()
        found = best(readers, SECONDS)
    ours, most = found.pop("run.lr"), {"StepLR.step": 1 / 20, "get_last_lr": 3.0}
    for name, peer in found.items():
        yield Row(f"run.lr / {name}", "ns", ours, peer, ours / peer, at_most=most.get(name))


if __name__ == "__main__":
    if not find_spec("torch"):
        if FRAMEWORKS.exists():
            os.execv(FRAMEWORKS, [str(FRAMEWORKS), "-m", "benchmarks.local_read", *sys.argv[1:]])
        warn("torch is not here, so its schedulers are left out: make .venv-frameworks/ready brings it")
    sys.exit(main(__doc__, measured))
