"""The engines that keep the contract: how a test opens each, and makes its next commit fail."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import apsw
import asyncpg

from setpoint.coordination.ports import Journal
from setpoint.journal.postgres import journal as postgres
from setpoint.journal.postgres.address import parsed
from setpoint.journal.sqlite.journal import opened
from tests.coordination.memory import MemoryJournal, Store
from tests.postgres.server import server


class Engine(Protocol):
    """A store in a folder, which outlives the journals that are opened on it, one after the other."""

    def __init__(self, folder: Path) -> None: ...

    async def open(self) -> Journal: ...

    def break_next_commit(self) -> None:
        """There is no room for the next commit."""
        ...


class InMemory:
    def __init__(self, folder: Path) -> None:
        self._store = Store()
        self._journals: list[MemoryJournal] = []

    async def open(self) -> Journal:
        self._journals.append(MemoryJournal(self._store))
        return self._journals[-1]

    def break_next_commit(self) -> None:
        self._journals[-1].break_next_commit()


class OnSqlite:
    def __init__(self, folder: Path) -> None:
        self._path = folder / "setpoint.db"
        self._full = False

    async def open(self) -> Journal:
        return await opened(self._path, failpoints={"commit.before": self._fail})

    def break_next_commit(self) -> None:
        self._full = True

    def _fail(self) -> None:
        if self._full:
            self._full = False
            raise apsw.FullError("no room")


class OnPostgres:
    def __init__(self, folder: Path) -> None:
        self._address = parsed(server().database())
        self._full = False

    async def open(self) -> Journal:
        return await postgres.opened(self._address, failpoints={"commit.before": self._fail})

    def break_next_commit(self) -> None:
        self._full = True

    def _fail(self) -> None:
        if self._full:
            self._full = False
            raise asyncpg.DiskFullError("no room")


ENGINES: Mapping[str, type[Engine]] = {"memory": InMemory, "sqlite": OnSqlite, "postgres": OnPostgres}
