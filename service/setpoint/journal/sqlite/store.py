"""A file that is read as it stands, whoever else has it open: to see whether it is whole, and to copy it."""

from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import orjson

from setpoint.journal.chain import Link, Row
from setpoint.journal.sqlite import labels, meta, reader, schema, sql
from setpoint.journal.unusable import StoreUnusable
from setpoint.journal.upkeep import Flaw
from setpoint.runs.state import Run

_NAMES = """
SELECT name FROM runs WHERE name > ?1 UNION SELECT run FROM events WHERE run > ?1 ORDER BY 1 LIMIT 1000
"""
_LINKS = """
SELECT seq, run, id, kind, at, actor, payload, chain FROM events
WHERE seq > ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT 1000
"""
_TOKENS = "SELECT id, kind, at, actor, payload, chain FROM token_events ORDER BY id"
_PAGES_AT_ONCE = 2000


class SqliteStore:
    """A store, open to be read. What another process writes meanwhile does not disturb, nor is it kept waiting."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.incarnation = meta.incarnation(connection)

    async def names(self) -> AsyncGenerator[str]:
        last = ""
        while found := sql.rows(self._connection, _NAMES, (last,)):
            for (name,) in found:
                yield name
            last = found[-1][0]

    async def load(self, name: str) -> Run | None:
        return reader.load(self._connection, name)

    async def flaws(self) -> Sequence[Flaw]:
        """What SQLite itself finds, and labels that runs would be looked for in vain by."""
        try:
            told = [str(row[0]) for row in sql.rows(self._connection, "PRAGMA integrity_check(20)")]
            misfiled = labels.different(self._connection)
        except apsw.Error as error:
            return [Flaw("file", str(error))]
        flaws = [Flaw("file", line) for line in told if line != "ok"]
        detail = "it is not found by the labels that it has (the next start mends that)"
        return flaws + [Flaw(f"run number {ordinal}", detail) for ordinal in misfiled]

    async def token_links(self) -> Sequence[Link]:
        reader.token_events(self._connection, 0)
        return [_link(row) for row in sql.rows(self._connection, _TOKENS)]

    async def links(self, kinds: Sequence[str]) -> AsyncGenerator[tuple[str, Link]]:
        last, wanted = 0, orjson.dumps(kinds).decode()
        while found := sql.rows(self._connection, _LINKS, (last, wanted)):
            for _, run, *row in found:
                yield run, _link(row)
            last = found[-1][0]

    async def fingerprint(self, run: str, event: int) -> bytes | None:
        found = sql.row(self._connection, "SELECT chain FROM events WHERE run = ? AND id = ?", (run, event))
        return None if found is None else found[0]


def _link(row: Sequence[Any]) -> Link:
    return Link(Row(*row[:5]), row[5])


@contextmanager
def connected(path: Path) -> Generator[apsw.Connection]:
    """A connection that reads the file, and what is in its log.

    Raises:
        StoreUnusable: there is none, or it is no store of ours.
    """
    if not path.exists():
        raise StoreUnusable(f"there is no {path}")
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(5000)
        schema.recognised(connection)
    except (apsw.Error, UnicodeDecodeError) as error:
        raise StoreUnusable(f"{path} can't be read: {error}") from error
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def store(path: Path) -> Generator[SqliteStore]:
    """The store in the file at `path`.

    Raises:
        StoreUnusable: there is none, it is no store of ours, or of another version.
    """
    with connected(path) as connection:
        schema.current(connection)
        yield SqliteStore(connection)


def copied(source: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    """Copy the store at `source`, as it stands at this moment, to the new file `target`, and have it on disk.

    It is written to while this goes on: the copy reads one snapshot, and its log keeps the rest until it is done.

    Raises:
        StoreUnusable: there is none.
    """
    with connected(source) as connection, sql.snapshot(connection):
        sql.number(connection, "SELECT count(*) FROM sqlite_schema")  # only now the snapshot is taken
        copy = apsw.Connection(str(target))
        try:
            _copy(connection, copy, progress)
            sql.pragma(copy, "journal_mode", "delete")
        finally:
            copy.close()


def _copy(source: apsw.Connection, target: apsw.Connection, progress: Callable[[int, int], None]) -> None:
    sql.pragma(target, "synchronous", 2)
    with target.backup("main", source, "main") as copying:
        while not copying.done:
            copying.step(_PAGES_AT_ONCE)
            progress(copying.page_count - copying.remaining, copying.page_count)
