"""A thousand check-ins a second, each due at its own time, for half a minute: how long they take.

Goals: p50 under 2 ms, p99 under 10 ms, no error. The load comes from a process of its own.
"""

import argparse
import asyncio
import gc
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from proof.load import Load, request
from proof.service import Service, nursery

RATE, SECONDS, RUNS, WORKERS = 1000, 30.0, 50, 20
GOALS = {"p50 ms": 2.0, "p99 ms": 10.0, "errors": 0}
WARM_UP_SECONDS = 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    found = asyncio.run(measured(options.rate, options.seconds))
    for name, value in found.items():
        goal = f"  (goal: {GOALS[name]:g})" if name in GOALS else ""
        print(f"{name:14} {value:10.2f}{goal}")
    if options.json:
        options.json.write_text(json.dumps([found]), encoding="utf-8")
    return int(any(found[name] > goal for name, goal in GOALS.items()))


async def measured(rate: float, seconds: float) -> dict[str, float]:
    """Quantiles of the latency, and how many went wrong."""
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        async with nursery() as home:
            service = Service(home, Path(folder) / "data")
            assert await service.start(), service.said
            try:
                return await _loaded(service.port, rate, seconds)
            finally:
                await service.end()
    raise KeyboardInterrupt


async def _loaded(port: int, rate: float, seconds: float) -> dict[str, float]:
    requests = check_ins()
    warm_up = Load(port, rate, lambda: next(requests), spins=True)
    await warm_up.prepare(_created(i) for i in range(RUNS))
    await warm_up.drive(WARM_UP_SECONDS)
    warm_up.close()
    load = Load(port, rate, lambda: next(requests), spins=True)
    gc.collect()
    gc.freeze()
    gc.disable()  # a pause of ours is none of the service's
    await load.drive(seconds)
    gc.enable()
    load.close()
    quantiles = {f"p{100 * part:g} ms": load.quantile(part) for part in (0.5, 0.9, 0.99, 0.999)}
    return {"check-ins": len(load.seconds), **quantiles, "worst ms": load.quantile(1), "errors": load.errors}


def _created(i: int) -> bytes:
    schedule = {"kind": "cosine", "initial_lr": 0.1, "epochs": 1_000_000}
    return request("PUT", f"/v1/runs/open-{i}", {"schedule": schedule, "max_lookahead": 100})


def check_ins() -> Iterator[bytes]:
    """Every worker of every run checks in at an epoch before any does at the next: each is written, one in 20 seals."""
    for epoch in count():
        for worker in range(WORKERS):
            for i in range(RUNS):
                yield request("PUT", f"/v1/runs/open-{i}/workers/w{worker}", {"epoch": epoch})


if __name__ == "__main__":
    sys.exit(main())
