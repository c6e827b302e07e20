"""What a learning rate costs inside a grant: `run.lr(step)` beside an index into a list.

    python benchmarks/local_read.py [--seconds 2]

Both are read over the same steps by the same loop, in turns; the best of the turns counts, for other load only adds.
Nothing here needs a service: the run is given its grant by hand, and its thread never starts.
"""

import argparse
import time
from collections.abc import Callable, Sequence

from setpoint.client.contact import Contact
from setpoint.client.grant import Grant
from setpoint.client.identity import Identity
from setpoint.client.locate import Place
from setpoint.client.outage import Terms
from setpoint.client.run import Run
from setpoint.client.transport import Transport

STEPS = 50_000
WINDOW = 2 * STEPS + 2
RATES = [0.1 / (1 + step) for step in range(WINDOW)]


def granted() -> Run:
    """A run in the middle of its training, which no read of `STEPS` makes ask for more."""
    contact = Contact(Transport(Place("http://127.0.0.1:1")), Identity("r", "rank0", WINDOW), 1, Terms("stall", 1, 1))
    contact.held.take(Grant(1, 0, WINDOW, RATES, {}, {}, "", 1), None)
    return Run(contact, {})


def nothing(steps: Sequence[int]) -> None:
    for _ in steps:
        pass


def indexed(rates: Sequence[float]) -> Callable[[Sequence[int]], None]:
    def read(steps: Sequence[int]) -> None:
        for step in steps:
            rates[step]

    return read


def asked(run: Run) -> Callable[[Sequence[int]], None]:
    def read(steps: Sequence[int]) -> None:
        lr = run.lr
        for step in steps:
            lr(step)

    return read


def called(rates: Sequence[float]) -> Callable[[Sequence[int]], None]:
    def look(step: int) -> float:
        return rates[step]

    def read(steps: Sequence[int]) -> None:
        for step in steps:
            look(step)

    return read


def best(readers: dict[str, Callable[[Sequence[int]], None]], seconds: float) -> dict[str, float]:
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


def main() -> None:
    parser = argparse.ArgumentParser(description="What a learning rate costs inside a grant.")
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds: float = parser.parse_args().seconds
    with granted() as run:
        found = best(
            {"loop": nothing, "list index": indexed(RATES), "function call": called(RATES), "run.lr": asked(run)},
            seconds,
        )
    for name, nanoseconds in found.items():
        print(f"{name:>14}  {nanoseconds:6.1f} ns  {nanoseconds / found['list index']:5.1f} x a list index")


if __name__ == "__main__":
    main()
