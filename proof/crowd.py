"""Many workers in one process, each with the client that a training has.

    python -m proof.crowd URL FIRST COUNT SECONDS

Each trains an epoch in two seconds, more or less, and has to ask for every one of them. Says when
all have joined, and at the end when each was answered.
"""

import asyncio
import json
import logging
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from setpoint import AsyncRun
from setpoint.client.answer import Answer
from setpoint.client.call import Call
from setpoint.client.retry import Patience
from setpoint.client.run import Run

SETTINGS: dict[str, Any] = {"schedule": {"kind": "exponential", "initial_lr": 0.1, "gamma": 0.99}, "max_lookahead": 0}


class Crowd:
    """`answered`: who was when, by the clock that all processes share. `rates`: what was given for an epoch."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answered: list[tuple[str, float]] = []
        self.rates: dict[int, set[float]] = {}
        self.raised: list[str] = []

    async def join(self, worker: str) -> AsyncRun:
        run = await AsyncRun.join(self._url, "crowd", worker=worker, **SETTINGS)
        self._overhear(run.run)
        return run

    async def train(self, run: AsyncRun, until: float) -> None:
        await asyncio.sleep(2 * random.random())
        epoch = 0
        try:
            while time.monotonic() < until:
                self.rates.setdefault(epoch, set()).add(await run.lr(epoch))
                epoch += 1
                await asyncio.sleep(random.uniform(1.6, 2.4))
        except Exception as error:  # noqa: BLE001 - it is what there must be none of
            self.raised.append(f"{run.worker}: {error!r}")

    def _overhear(self, run: Run) -> None:
        transport = run.contact.transport
        ask = transport.ask

        def overheard(call: Call[Any], patience: Patience | None = None) -> Answer[Any]:
            answer = ask(call, patience)
            self.answered.append((run.worker, time.monotonic()))
            return answer

        transport.ask = overheard  # type: ignore[method-assign]

    def plain(self) -> dict[str, Any]:
        rates = {str(epoch): sorted(each) for epoch, each in self.rates.items()}
        return {"answered": self.answered, "rates": rates, "raised": self.raised}


async def main(url: str, first: int, count: int, seconds: float) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(8))
    crowd = Crowd(url)
    runs = await asyncio.gather(*(crowd.join(f"rank{rank}") for rank in range(first, first + count)))
    print("all have joined", flush=True)
    until = time.monotonic() + seconds
    await asyncio.gather(*(crowd.train(run, until) for run in runs))
    print(json.dumps(crowd.plain()), flush=True)


if __name__ == "__main__":
    logging.getLogger("setpoint").setLevel(logging.ERROR)  # each tells that the service is away
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
