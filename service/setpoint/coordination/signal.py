"""Waking all who wait for the same thing."""

import asyncio
from asyncio import Future


class Signal:
    """Wakes everybody who waits for more, at the price of a future each and nothing else."""

    def __init__(self) -> None:
        self.wakes = 0
        """How often it has: what to give `woken`, read before looking for what is there already."""
        self._waiting: set[Future[bool]] = set()

    def wake(self) -> None:
        """Everybody who waits looks again."""
        self.wakes += 1
        waiting, self._waiting = self._waiting, set()
        for each in waiting:
            _settle(each, woken=True)

    async def woken(self, wakes: int, timeout_seconds: float | None = None) -> bool:
        """Whether it has woken more often than `wakes`, or does so in time."""
        if self.wakes != wakes:
            return True
        loop = asyncio.get_running_loop()
        mine: Future[bool] = loop.create_future()
        self._waiting.add(mine)
        timer = None if timeout_seconds is None else loop.call_later(timeout_seconds, _settle, mine, False)
        try:
            return await mine
        finally:
            self._waiting.discard(mine)
            if timer is not None:
                timer.cancel()


def _settle(waiting: Future[bool], woken: bool) -> None:
    if not waiting.done():
        waiting.set_result(woken)
