"""The journal on SQLite: what coordination asks of a journal, handed to the writer and the readers."""

import asyncio
import logging
from asyncio import Future
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import apsw

from setpoint.access.event import TokenRecorded
from setpoint.coordination.ports import Entry, Filter, Heard, Moved, Page, Placed
from setpoint.errors import Draining
from setpoint.journal import codec, tokens
from setpoint.journal.chain import Row
from setpoint.journal.failpoints import NONE, Failpoints
from setpoint.journal.jobs import Committed, Pass, Write, WriteTokens
from setpoint.journal.sqlite import copying, labels, meta, reader, schema
from setpoint.journal.sqlite.connection import Place
from setpoint.journal.sqlite.lock import Lock
from setpoint.journal.sqlite.readers import Readers
from setpoint.journal.sqlite.writer import Job, Told, Writer
from setpoint.journal.unusable import StoreUnusable
from setpoint.runs.event import Recorded
from setpoint.runs.state import Run

_log = logging.getLogger("setpoint")


def _ignored(_: object) -> None:
    return


class SqliteJournal:
    """One file, which this process has to itself until `close`."""

    exclusive = True
    engine = "sqlite"
    durability = "power-loss"
    """Acknowledged writes were synced: they survive a crash of the process, of the machine, and the loss of power."""
    settings: Mapping[str, str] = MappingProxyType({"journal_mode": "wal", "synchronous": "full"})
    """As they were read back: it is not opened otherwise."""

    def __init__(self, writer: Writer, readers: Readers, lock: Lock, incarnation: int, life: str) -> None:
        self.incarnation = incarnation
        self.life = life
        self._writer = writer
        self._readers = readers
        self._lock = lock
        self._loop = asyncio.get_running_loop()
        self._closing = False

    async def load(self, name: str) -> Run | None:
        """The run as last written: first everything that was enqueued before, then the read."""
        await self._enqueued(lambda done: Pass(name, done))
        return await self._readers.run(reader.load, name)

    def append(self, entry: Entry) -> Future[None]:
        """Enqueued now; done when it is on disk."""
        rows = tuple(_row(recorded) for recorded in entry.recorded)
        return self._enqueued(lambda done: Write(entry, rows, done))

    def confirm(self, name: str, version: int) -> Future[None]:
        """At once: nobody else writes here."""
        done: Future[None] = self._loop.create_future()
        done.set_result(None)
        return done

    def _enqueued(self, job: Callable[[Future[None]], Job]) -> Future[None]:
        done: Future[None] = self._loop.create_future()
        if self._closing:  # nobody would ever take it
            done.set_exception(Draining("the database is closed"))
        else:
            self._writer.put(job(done))
        return done

    async def recorded(self, name: str, after: int, limit: int) -> Sequence[Recorded]:
        return await self._readers.run(reader.recorded, name, after, limit)

    async def list(self, filter: Filter) -> Page:  # noqa: A002 - the port's word
        return await self._readers.run(reader.listed, filter)

    async def since(self, cursor: str, limit: int) -> Sequence[Placed]:
        return await self._readers.run(reader.since, self.life, cursor, limit)

    async def latest(self) -> str:
        return await self._readers.run(reader.latest, self.life)

    def append_tokens(self, recorded: Sequence[TokenRecorded]) -> Future[None]:
        """Enqueued now; done when it is on disk."""
        rows = tuple(tokens.row(each) for each in recorded)
        return self._enqueued(lambda done: WriteTokens(rows, done))

    async def token_events(self, after: int) -> Sequence[TokenRecorded]:
        """First everything that was enqueued before, then the read."""
        await self._enqueued(lambda done: Pass("", done))
        return await self._readers.run(reader.token_events, after)

    async def heard(self, heard: Sequence[Heard]) -> Sequence[Heard]:
        """Nobody: there is no other process that hears anybody."""
        return ()

    async def changed(self) -> AsyncIterator[Moved]:
        """Nothing: nobody else writes here."""
        return
        yield  # what makes it a generator

    async def close(self) -> None:
        """Settle what is enqueued, move the log into the file, and let another process have it."""
        if not self._closing:
            self._closing = True
            await asyncio.to_thread(self._closed)

    def _closed(self) -> None:
        self._readers.close()
        self._writer.end()
        self._lock.release()


def _row(recorded: Recorded) -> Row:
    event, origin = recorded.event, recorded.origin
    return Row(recorded.id, event.kind, origin.at, origin.actor, codec.encode(event))


async def opened(
    place: Place | Path,
    *,
    fatal: Callable[[Exception], None] = _ignored,
    committed: Callable[[Committed], None] = _ignored,
    failpoints: Failpoints = NONE,
    copy_of: int | None = None,
) -> SqliteJournal:
    """The journal in the file at `place`, which is made if it is not there.

    `fatal` is called on the loop when nothing may be written any more: the process must end. `committed` is called
    after each commit. `copy_of`: the incarnation of the store that a copy is to be made of, or is being made of;
    otherwise such a one is refused.

    Raises:
        StoreUnusable: another process has it, it is no store of ours, it would lose what is acknowledged, or it can't
            be read and written.
    """
    where = place if isinstance(place, Place) else Place(place)
    told = Told(asyncio.get_running_loop(), committed, fatal)
    try:
        return _opened(where, told, failpoints, copy_of)
    except (apsw.Error, OSError) as error:
        raise StoreUnusable(f"{where.path} can't be opened: {error}") from error


def _opened(where: Place, told: Told, failpoints: Failpoints, copy_of: int | None) -> SqliteJournal:
    where.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Lock(where.path).taken()
    try:
        return _on(where, lock, told, failpoints, copy_of)
    except BaseException:
        lock.release()
        raise


def _on(where: Place, lock: Lock, told: Told, failpoints: Failpoints, copy_of: int | None) -> SqliteJournal:
    connection = where.writer()
    try:
        schema.migrate(connection)
        if copy_of is None:
            copying.none(connection)
        else:
            copying.begin(connection, copy_of)
        incarnation, life = meta.incarnation(connection), meta.life(connection)
        if mended := labels.mend(connection):
            _log.warning("%s: labels of %d runs were damaged; they are made anew of the runs", where.path, mended)
        where.sync_folder()
        readers = Readers(where.reader)
    except BaseException:
        connection.close()
        raise
    return SqliteJournal(Writer(connection, told, failpoints), readers, lock, incarnation, life)
