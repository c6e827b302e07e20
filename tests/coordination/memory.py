"""A journal in memory, for tests: it satisfies the port, and fails or waits when it is told to."""

import asyncio
from asyncio import Future
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TypeAlias

from setpoint.access.event import TokenRecorded
from setpoint.coordination.ports import Entry, Filter, Heard, Moved, Overtaken, Page, Placed, Renewed, Summary
from setpoint.errors import Fault, InvalidRequest, StorageFull
from setpoint.runs.event import Recorded
from setpoint.runs.state import Run


@dataclass
class Store:
    """What outlives a journal: what a file is to SQLite."""

    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    events: list[tuple[str, Recorded]] = field(default_factory=list[tuple[str, Recorded]])
    tokens: list[TokenRecorded] = field(default_factory=list[TokenRecorded])


@dataclass
class Tokens:
    """Events of tokens that are to be written."""

    recorded: Sequence[TokenRecorded]


Job: TypeAlias = Entry | Tokens | str | tuple[str, int]


class MemoryJournal:
    """Commits one entry after another, each a moment after it came; while `held`, none."""

    engine = "memory"
    durability = "none"
    settings: Mapping[str, str] = MappingProxyType({})
    incarnation = 1
    life = ""

    def __init__(self, store: Store | None = None, *, exclusive: bool = True) -> None:
        self.exclusive = exclusive
        self.store = store or Store()
        self.moved: asyncio.Queue[Moved | Renewed | None] = asyncio.Queue()
        self.loads = 0
        self._held = False
        self._full = False
        self._lost: set[str] = set()
        self._queue: list[tuple[Job, Future[None]]] = []

    def hold(self) -> None:
        """Let entries wait."""
        self._held = True

    def let_go(self) -> None:
        """Write what waits, and go on as usual."""
        self._held = False
        self._work()

    def break_next_commit(self) -> None:
        """Have no room for what is committed next: all that waits by then."""
        self._full = True

    async def load(self, name: str) -> Run | None:
        self.loads += 1
        await self._enqueued(name)
        return self.store.runs.get(name)

    def append(self, entry: Entry) -> Future[None]:
        return self._enqueued(entry)

    def confirm(self, name: str, version: int) -> Future[None]:
        return self._enqueued((name, version))

    def _enqueued(self, job: Job) -> Future[None]:
        loop = asyncio.get_running_loop()
        done: Future[None] = loop.create_future()
        self._queue.append((job, done))
        if not self._held:
            loop.call_soon(self._work)
        return done

    def _work(self) -> None:
        if self._held:
            return
        queue, self._queue = self._queue, []
        full, self._full = self._full and bool(queue), self._full and not queue
        for job, done in queue:
            error = self._done(job, full)
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

    def _done(self, job: Job, full: bool) -> Exception | None:
        if isinstance(job, str):
            self._lost.discard(job)
            return None
        if isinstance(job, Tokens):
            return self._tokens_written(job.recorded, full)
        return self._confirmed(*job) if isinstance(job, tuple) else self._written(job, full)

    def _confirmed(self, name: str, version: int) -> Exception | None:
        there = self.store.runs.get(name)
        if name in self._lost or version != (there.version if there else 0):
            return Overtaken(f"{name}: another was first")
        return None

    def _written(self, entry: Entry, full: bool) -> Exception | None:
        name = entry.run.name
        there = self.store.runs.get(name)
        if full:
            self._lost.add(name)
            return StorageFull("no room")
        if name in self._lost or entry.expected != (there.version if there else 0):
            self._lost.add(name)
            return Overtaken(f"{name}: another was first")
        self.store.runs[name] = entry.run
        self.store.events += [(name, each) for each in entry.recorded]
        return None

    def _tokens_written(self, recorded: Sequence[TokenRecorded], full: bool) -> Exception | None:
        if full:
            return StorageFull("no room")
        if recorded[0].id != len(self.store.tokens) + 1:
            return Overtaken("another was first")
        self.store.tokens += recorded
        return None

    def append_tokens(self, recorded: Sequence[TokenRecorded]) -> Future[None]:
        return self._enqueued(Tokens(recorded))

    async def token_events(self, after: int) -> Sequence[TokenRecorded]:
        await self._enqueued("")
        return self.store.tokens[after:]

    async def recorded(self, name: str, after: int, limit: int) -> Sequence[Recorded]:
        return [each for run, each in self.store.events if run == name and each.id > after][:limit]

    async def list(self, filter: Filter) -> Page:  # noqa: A002 - the port's word
        names = list(self.store.runs)
        start = len(names) if filter.after is None else _number(filter.after)
        found = [(i, names[i]) for i in reversed(range(start)) if self._fits(names[i], filter)]
        shown = [Summary.of(self.store.runs[name]) for _, name in found[: filter.limit]]
        return Page(shown, str(found[filter.limit - 1][0]) if len(found) > filter.limit else None)

    def _fits(self, name: str, wanted: Filter) -> bool:
        run = self.store.runs[name]
        state = run.state != "archived" if wanted.state is None else run.state == wanted.state
        named = any(fnmatchcase(name, glob) for glob in wanted.names)
        return named and state and (wanted.labels or {}).items() <= run.labels.items()

    async def since(self, cursor: str, limit: int) -> Sequence[Placed]:
        first = _number(cursor)
        if first > len(self.store.events):
            raise _no_cursor(cursor)
        some = self.store.events[first : first + limit]
        return [Placed(str(i), name, recorded) for i, (name, recorded) in enumerate(some, first + 1)]

    async def latest(self) -> str:
        return str(len(self.store.events))

    async def heard(self, heard: Sequence[Heard]) -> Sequence[Heard]:
        return ()

    async def changed(self) -> AsyncIterator[Moved | Renewed]:
        while (moved := await self.moved.get()) is not None:
            yield moved

    async def close(self) -> None:
        self.let_go()
        self.moved.put_nowait(None)


def _number(cursor: str) -> int:
    if not cursor.isdigit():
        raise _no_cursor(cursor)
    return int(cursor)


def _no_cursor(cursor: str) -> InvalidRequest:
    return InvalidRequest(f"{cursor!r} is no cursor", faults=[Fault("/after", "is no cursor")])
