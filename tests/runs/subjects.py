"""The run under test: the pure fold, or a coordinator over a journal."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from setpoint.coordination.attendance import Attendance
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.ports import Journal
from setpoint.coordination.watch import Watch
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
    """The coordination room over a journal, that `restarted` opens once more."""

    def __init__(self, journal: Callable[[], Journal], loop: asyncio.AbstractEventLoop) -> None:
        self._open = journal
        self._loop = loop
        self._start()

    def _start(self) -> None:
        self._journal = self._open()
        watch = Watch(self._journal, 64)
        self._runs = Coordinator(self._journal, lambda: ORIGIN.at, watch, Attendance(lambda: 0.0), most_desks=8)

    def tell(self, command: Command) -> Run:
        return self._loop.run_until_complete(self._runs.handle("mnist", command, actor=ORIGIN.actor)).run

    def look(self) -> Run:
        return self._loop.run_until_complete(self._runs.look("mnist"))

    def again(self) -> Run:
        self.close()
        self._start()
        return self.look()

    def close(self) -> None:
        self._loop.run_until_complete(self._journal.close())


def in_memory(loop: asyncio.AbstractEventLoop) -> Coordinated:
    store = MemoryJournal().store
    return Coordinated(lambda: MemoryJournal(store), loop)


def on_sqlite(path: Path, loop: asyncio.AbstractEventLoop) -> Coordinated:
    return Coordinated(lambda: loop.run_until_complete(opened(path)), loop)
