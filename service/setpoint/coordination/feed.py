"""What was announced last of a run, kept once for all who watch it."""

import asyncio
from asyncio import Future

from setpoint.runs.event import Recorded

KEPT = 1024
"""How far a watcher may fall behind, in events. It is what bounds a watcher's queue: all of them share one."""


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


class Feed(Signal):
    """The announcements after event `version`, whose ids rise by one, as far as they are still kept.

    A watcher is no more than the id it has got to.
    """

    def __init__(self, version: int, kept: int = KEPT) -> None:
        super().__init__()
        self.watchers = 0
        self.is_lost = False
        self._kept = kept
        self._before = version
        self._items: list[Recorded] = []

    @property
    def last(self) -> int:
        """The id of the last announcement."""
        return self._before + len(self._items)

    def announce(self, recorded: tuple[Recorded, ...]) -> None:
        """Add what is new in `recorded`, which follows what was announced before without a gap."""
        self._items += [each for each in recorded if each.id > self.last]
        if len(self._items) > 2 * self._kept:  # only then, so that a cut costs nothing on average
            cut = len(self._items) - self._kept
            del self._items[:cut]
            self._before += cut
        self.wake()

    def after(self, id_: int) -> tuple[Recorded, ...] | None:
        """All that came after event `id_`, or None where that is not kept (any more)."""
        if id_ >= self.last:
            return ()
        if id_ < max(self._before, self.last - self._kept):
            return None
        return tuple(self._items[id_ - self._before :])
