"""The run under test: the pure fold, or a coordinator over a journal."""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import Protocol

from setpoint.coordination.attendance import Attendance
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.ports import Journal
from setpoint.coordination.watch import Watch
from setpoint.journal.postgres.address import parsed
from setpoint.journal.postgres.journal import opened as postgres
from setpoint.journal.sqlite.journal import opened
from setpoint.runs.command import Command
from setpoint.runs.state import Run
from tests.coordination.memory import MemoryJournal
from tests.runs.a_run import ORIGIN, Story


class Subject(Protocol):
    def tell(self, command: Command) -> Run:
        """The run after the command, or what it is refused with."""
        ...

    def look(self) -> Run:
        """The run as it is."""
        ...

    def again(self) -> Run:
        """The run, made anew of what is stored of it."""
        ...

    def close(self) -> None: ...


class Folded:
    """Decisions and their events, folded as they come."""

    def __init__(self) -> None:
        self._story = Story()

    def tell(self, command: Command) -> Run:
        self._story.tell(command)
        return self._story.now

    def look(self) -> Run:
        return self._story.now

    def again(self) -> Run:
        return self._story.refolded()

    def close(self) -> None:
        pass


class Coordinated:
    """The coordination room over a journal, that `again` opens once more; or several at once, each told at random."""

    def __init__(
        self, journal: Callable[[], Journal], loop: asyncio.AbstractEventLoop, name: str = "mnist", replicas: int = 1
    ) -> None:
        self._open = journal
        self._loop = loop
        self._name = name
        self._replicas = replicas
        self._chance = Random(name)
        self._start()

    def _start(self) -> None:
        self._journals = [self._open() for _ in range(self._replicas)]
        self._runs = [
            Coordinator(each, lambda: ORIGIN.at, Watch(each, 64), Attendance(lambda: 0.0), most_desks=8)
            for each in self._journals
        ]

    def tell(self, command: Command) -> Run:
        self._last = self._chance.choice(self._runs)
        return self._loop.run_until_complete(self._last.handle(self._name, command, actor=ORIGIN.actor)).run

    def look(self) -> Run:
        """As the one knows it that was told last."""
        return self._loop.run_until_complete(self._last.look(self._name))

    def again(self) -> Run:
        self.close()
        self._start()
        self._last = self._runs[0]
        return self.look()

    def close(self) -> None:
        for each in self._journals:
            self._loop.run_until_complete(each.close())


def in_memory(loop: asyncio.AbstractEventLoop) -> Coordinated:
    store = MemoryJournal().store
    return Coordinated(lambda: MemoryJournal(store), loop)


def on_sqlite(path: Path, loop: asyncio.AbstractEventLoop) -> Coordinated:
    return Coordinated(lambda: loop.run_until_complete(opened(path)), loop)


_numbers = count(1)


def on_postgres(url: str, replicas: int, loop: asyncio.AbstractEventLoop) -> Coordinated:
    """A run of its own in the database, and so many processes that share it."""
    name = f"mnist-{next(_numbers)}"
    return Coordinated(lambda: loop.run_until_complete(postgres(parsed(url))), loop, name, replicas)
