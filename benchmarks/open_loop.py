"""A thousand check-ins a second, each due at its own time, for half a minute: how long they take.

    python -m benchmarks open_loop [--json FILE]

Goals: p50 under 2 ms, p99 under 10 ms, no error. The load comes from a process of its own.
"""

import asyncio
import gc
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from benchmarks.harness.goals import Row, main
from proof.load import Load, request
from proof.service import Service, nursery

RATE, SECONDS, RUNS, WORKERS = 1000, 30.0, 50, 20
MOST = {"p50": 2.0, "p99": 10.0, "errors": 0}
WARM_UP_SECONDS = 3.0


def measured() -> Iterator[Row]:
    found = asyncio.run(_measured())
    for name, value in found.items():
        unit = "ms" if name.startswith(("p", "worst")) else ""
        yield Row(f"{RATE} check-ins a second, each due at its own time: {name}", unit, value, at_most=MOST.get(name))


async def _measured() -> dict[str, float]:
    """Quantiles of the latency, and how many went wrong."""
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        async with nursery() as home:
            service = Service(home, Path(folder) / "data")
            assert await service.start(), service.said
            try:
                return await _loaded(service.port)
            finally:
                await service.end()
    raise KeyboardInterrupt


async def _loaded(port: int) -> dict[str, float]:
    requests = check_ins()
    warm_up = Load(port, RATE, lambda: next(requests), spins=True)
    await warm_up.prepare(_created(i) for i in range(RUNS))
    await warm_up.drive(WARM_UP_SECONDS)
    warm_up.close()
    load = Load(port, RATE, lambda: next(requests), spins=True)
    gc.collect()
    gc.freeze()
    gc.disable()  # a pause of ours is none of the service's
    await load.drive(SECONDS)
    gc.enable()
    load.close()
    quantiles = {f"p{100 * part:g}": load.quantile(part) for part in (0.5, 0.9, 0.99, 0.999)}
    return {"check-ins": len(load.seconds), **quantiles, "worst": load.quantile(1), "errors": load.errors}


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
    sys.exit(main(__doc__, measured))
