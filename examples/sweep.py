"""A sweep: a hundred runs that differ in their peak, halved again and again until the best is left.

    python examples/sweep.py [URL] [RUNS]

Each run is a training of its own on the service, found again by its label; what is given up is finished early, and the
page at the service's address shows them all as they go.
"""

import asyncio
import math
import os
import random
import sys

from setpoint import AsyncRun

EPOCHS, FIRST = 27, 3


async def loss_after(run: AsyncRun, weights: list[float], start: int, stop: int) -> float:
    """Train the epochs of one rung: gradient descent along a narrow valley, which too high a rate leaps out of."""
    loss = math.inf
    for epoch in range(start, stop):
        lr = await run.lr(epoch)
        for i, curvature in enumerate((1.0, 10.0, 60.0)):
            weights[i] -= lr * curvature * weights[i]
        loss = sum(w * w for w in weights)
        run.report(epoch, loss)
    return loss


async def sweep(url: str, count: int) -> tuple[str, float]:
    """The best run, and its loss. Each rung trains three times as long, with a third of the runs."""
    sweep_name, chance = f"sweep-{os.getpid()}", random.Random(0)
    peaks = [10 ** chance.uniform(-4, 0) for _ in range(count)]

    async def joined(number: int, peak: float) -> AsyncRun:
        schedule = {"kind": "cosine", "initial_lr": peak, "epochs": EPOCHS}
        labels = {"sweep": sweep_name, "peak": f"{peak:.5f}"}
        return await AsyncRun.join(url, f"{sweep_name}-{number:03}", schedule=schedule, labels=labels)

    going = list(zip(await asyncio.gather(*map(joined, range(count), peaks)), [[1.0] * 3 for _ in peaks], strict=True))
    start, stop, loss = 0, FIRST, math.inf
    while True:
        losses = await asyncio.gather(*(loss_after(run, weights, start, stop) for run, weights in going))
        ranked = sorted(zip(losses, range(len(going)), strict=True))
        keep = 1 if stop >= EPOCHS else max(1, len(going) // 3)
        print(f"epoch {stop:2}: {len(going):3} runs, the best has {ranked[0][0]:.3g}")
        await asyncio.gather(*(going[index][0].finish() for _, index in ranked[keep:]))
        loss, going = ranked[0][0], [going[index] for _, index in ranked[:keep]]
        if stop >= EPOCHS:
            break
        start, stop = stop, min(stop * 3, EPOCHS)
    (best, _), *_ = going
    await best.finish()
    return best.name, loss


def main(url: str, count: int) -> None:
    name, loss = asyncio.run(sweep(url, count))
    print(f"best of {count}: {name}, loss {loss:.3g}")


if __name__ == "__main__":
    given = [*sys.argv[1:], *[os.environ.get("SETPOINT_URL", "http://127.0.0.1:8321")][len(sys.argv) - 1 :]]
    main(given[0], int(given[1]) if len(given) > 1 else 100)
