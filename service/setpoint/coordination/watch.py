"""Watching: what happens to a run, or to all of them, told in order once it is durable."""

import asyncio
from asyncio import Task
from collections.abc import Sequence
from contextlib import AbstractContextManager

from setpoint.coordination.feed import KEPT, Feed
from setpoint.coordination.ports import Journal, Placed
from setpoint.coordination.signal import Signal
from setpoint.errors import InvalidRequest
from setpoint.runs.event import Recorded

PAGE = 500
"""Events that are read from the journal at once, to replay the past."""


class Ended(Exception):
    """Nothing more is told to this watcher."""


class Reset(Ended):
    """What came next can't be told any more: the watcher fell behind, or names a past that is not here. Look afresh."""

    @property
    def reason(self) -> str:
        """`slow`, `unknown` or `restored`, for those who keep count."""
        return str(self.args[0])


class Bye(Ended):
    """The service is shutting down. Come back later, with the id of the last event."""


class Watch:
    """All watchers of this process. Announcements come from one place each, in the order of the events."""

    def __init__(self, journal: Journal, kept: int = KEPT) -> None:
        self.closed = False
        self.life = journal.life
        self.anything = Signal()
        self._journal = journal
        self._kept = kept
        self._feeds: dict[str, Feed] = {}
        self._pages: dict[str, Task[Sequence[Placed]]] = {}

    @property
    def watchers(self) -> int:
        """How many watch a run right now."""
        return sum(feed.watchers for feed in self._feeds.values())

    def announce(self, name: str, recorded: tuple[Recorded, ...]) -> None:
        """These events of the run are durable."""
        feed = self._feeds.get(name)
        if feed is not None:
            feed.announce(recorded)
        self._pages.clear()
        self.anything.wake()

    async def catch_up(self, name: str) -> None:
        """Announce what the journal has beyond what was announced: where others write, it alone knows the order."""
        while (feed := self._feeds.get(name)) is not None:
            recorded = await self._journal.recorded(name, feed.last, PAGE)
            if not recorded:
                break
            feed.announce(tuple(recorded))
        self._pages.clear()
        self.anything.wake()

    def reset(self) -> None:
        """What was announced may not be what the journal holds now: everybody who watches a run is to look afresh."""
        self.life = self._journal.life
        feeds, self._feeds = self._feeds, {}
        for feed in feeds.values():
            feed.is_lost = True
            feed.wake()
        self._pages.clear()
        self.anything.wake()

    def subscribe(self, name: str, version: int, after: int, life: str) -> "Watcher":
        """A watcher of the run, which is at `version`, from the event after `after` of that life on. Close it."""
        watcher = Watcher(self, self._journal, self.open(name, version), name, after)
        watcher.is_lost = after > 0 and life != self.life
        return watcher

    def open(self, name: str, version: int) -> Feed:
        """The run's feed, which is kept until it is closed as often as it was opened."""
        feed = self._feeds.get(name)
        if feed is None:
            feed = self._feeds[name] = Feed(version, self._kept)
        feed.watchers += 1
        return feed

    def release(self, name: str, feed: Feed) -> None:
        feed.watchers -= 1
        if feed.watchers == 0 and not feed.is_lost:
            del self._feeds[name]

    def page(self, cursor: str) -> Task[Sequence[Placed]]:
        """The events of all runs after `cursor`: read once for all who have got that far."""
        task = self._pages.get(cursor)
        if task is None:
            task = self._pages[cursor] = asyncio.create_task(self._read(cursor))
        return task

    async def _read(self, cursor: str) -> Sequence[Placed]:
        return await self._journal.since(cursor, PAGE)

    def close(self) -> None:
        """Tell everybody `Bye`."""
        self.closed = True
        for signal in (self.anything, *self._feeds.values()):
            signal.wake()


class Watcher(AbstractContextManager["Watcher"]):
    """One who watches a run: no gap, no duplicate, or a `Reset`. What it is told happened in `life` of the store."""

    def __init__(self, watch: Watch, journal: Journal, feed: Feed, name: str, after: int) -> None:
        self._watch = watch
        self._journal = journal
        self._feed = feed
        self._name = name
        self._at = after
        self._live = False
        self.life = watch.life
        self.is_lost = False

    async def next(self, timeout_seconds: float | None = None) -> tuple[Recorded, ...]:
        """What happened since the last call, as soon as there is something.

        Nothing after `timeout_seconds`.

        Raises:
            Reset: the watcher was too slow, or came with an id that no event has in this life of the store.
            Bye: the service is shutting down.
        """
        if self.is_lost or self._feed.is_lost:
            raise Reset("restored")
        if not self._live:
            past = await self._past()
            if past:
                return past
        wakes = self._feed.wakes
        fresh = self._fresh()
        if not fresh and await self._feed.woken(wakes, timeout_seconds):
            fresh = self._fresh()
        return fresh

    async def _past(self) -> tuple[Recorded, ...]:
        """What is not in the feed, from the journal; once it is, the watcher is live."""
        if self._at > self._feed.last and not await self._journal.recorded(self._name, self._at - 1, 1):
            raise Reset("unknown")
        if self._feed.after(self._at) is None:
            page = tuple(await self._journal.recorded(self._name, self._at, PAGE))
            if not page:
                raise Reset("unknown")
            self._at = page[-1].id
            return page
        self._live = True
        return ()

    def _fresh(self) -> tuple[Recorded, ...]:
        if self._feed.is_lost:
            raise Reset("restored")
        fresh = self._feed.after(self._at)
        if fresh is None:
            raise Reset("slow")
        if not fresh and self._watch.closed:
            raise Bye
        if fresh:
            self._at = fresh[-1].id
        return fresh

    def close(self) -> None:
        self._watch.release(self._name, self._feed)

    def __exit__(self, *_: object) -> None:
        self.close()


class WatcherOfAll:
    """One who watches all runs, from `cursor` on. Each reads at its own pace, those in step share what is read."""

    def __init__(self, watch: Watch, cursor: str) -> None:
        self._watch = watch
        self._cursor = cursor

    async def next(self, timeout_seconds: float | None = None) -> Sequence[Placed]:
        """What happened since the last call, as soon as there is something.

        Nothing after `timeout_seconds`.

        Raises:
            Reset: the cursor is none that was given out here.
            Bye: the service is shutting down.
        """
        anything = self._watch.anything
        wakes = anything.wakes
        fresh = await self._fresh()
        if not fresh and await anything.woken(wakes, timeout_seconds):
            fresh = await self._fresh()
        return fresh

    async def _fresh(self) -> Sequence[Placed]:
        try:
            fresh = await asyncio.shield(self._watch.page(self._cursor))
        except InvalidRequest as error:
            raise Reset("unknown") from error
        if fresh:
            self._cursor = fresh[-1].cursor
        elif self._watch.closed:
            raise Bye
        return fresh
