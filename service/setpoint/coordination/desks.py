"""The desks that are in use, and for a while those that were."""

from asyncio import Task, create_task, shield
from collections import OrderedDict

from setpoint.coordination.desk import Desk
from setpoint.coordination.ports import Journal
from setpoint.runs.state import Run

MOST = 16_384
"""Desks that are kept, at 10 to 20 KiB for a run of 90 epochs. One that was not used for longest goes first. Where more
runs than these are at work at once, each check-in reads its run anew."""


class Desks:
    def __init__(self, journal: Journal, most: int = MOST) -> None:
        self._journal = journal
        self._most = most
        self._desks: OrderedDict[str, Desk] = OrderedDict()
        self._known: OrderedDict[str, Run] = OrderedDict()
        self._loads: dict[str, Task[None]] = {}
        self._used: set[str] = set()
        self.lives = 1

    def get(self, name: str) -> Desk | None:
        """The run's desk, if it is there."""
        desk = self._desks.get(name)
        if desk is not None:
            self._desks.move_to_end(name)
            self._used.add(name)
        return desk

    def known(self, name: str) -> Run | None:
        """What was durable of the run when its desk was dropped, until it is loaded: what is sealed there is true."""
        run = self._known.get(name)
        if run is not None:
            self._used.add(name)
        return run

    async def opened(self, name: str) -> Desk:
        """The run's desk, loaded if need be: once, however many ask.

        Raises:
            Damaged: what is stored of the run is not what was written.
            Unavailable: it can't be read right now.
        """
        while (desk := self.get(name)) is None:
            # Shielded: who stops waiting does not take the load from the others.
            await shield(self._loads.get(name) or self._load(name))
        return desk

    def _load(self, name: str) -> Task[None]:
        task = self._loads[name] = create_task(self._loaded(name))
        task.add_done_callback(_looked_at)
        return task

    async def _loaded(self, name: str) -> None:
        try:
            lives, run = 0, None
            while lives != self.lives:  # what was read in another life does not count
                lives = self.lives
                run = await self._journal.load(name)
            self._put_away()
            self._desks[name] = Desk(name, run, run)
            self._known.pop(name, None)
        finally:
            del self._loads[name]

    def dropped(self, desk: Desk) -> None:
        """It is not to be used again: what it stood on was not written. The next command loads the run afresh."""
        if self._desks.get(desk.name) is not desk:
            return
        del self._desks[desk.name]
        if desk.durable is not None:
            self._known[desk.name] = desk.durable
            if len(self._known) > self._most:
                self._known.popitem(last=False)

    def forgotten(self) -> None:
        """None is to be used again, nor what is known of it: it may never have happened.

        Not those with a tail either, though it may still be under way: a load passes through the queue after it.
        """
        self.lives += 1
        self._desks.clear()
        self._known.clear()

    def tidied(self) -> None:
        """Put away what nobody has asked for since the last time, but for what is being written."""
        unused = [name for name, desk in self._desks.items() if name not in self._used and desk.tail is None]
        for name in unused:
            del self._desks[name]
        for name in self._known.keys() - self._used:
            del self._known[name]
        self._used.clear()

    def _put_away(self) -> None:
        """Make room for one more. A desk with a tail stays, since what it decided is not durable yet."""
        excess = len(self._desks) + 1 - self._most
        if excess <= 0:
            return
        idle = (name for name, desk in self._desks.items() if desk.tail is None)
        for name in [name for _, name in zip(range(excess), idle, strict=False)]:
            del self._desks[name]

    def __len__(self) -> int:
        return len(self._desks)


def _looked_at(task: Task[None]) -> None:
    """Nobody may have waited to the end, and that is no error."""
    if not task.cancelled():
        task.exception()
