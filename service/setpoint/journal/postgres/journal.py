"""The journal on PostgreSQL: what coordination asks of a journal, handed to the writer, the readers and the tail."""

import asyncio
from asyncio import Future
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial

import asyncpg

from setpoint.access.event import TokenRecorded
from setpoint.coordination.ports import Entry, Filter, Heard, Moved, Page, Placed, Renewed
from setpoint.errors import Draining
from setpoint.journal import codec
from setpoint.journal import cursor as cursors
from setpoint.journal import tokens as written
from setpoint.journal.chain import Row
from setpoint.journal.failpoints import NONE, Failpoints
from setpoint.journal.jobs import Committed, Pass, Write, WriteTokens
from setpoint.journal.postgres import copying, identity, reader, schema, tokens
from setpoint.journal.postgres.address import Address, found_out
from setpoint.journal.postgres.beats import Beats
from setpoint.journal.postgres.identity import Identity
from setpoint.journal.postgres.known import Known
from setpoint.journal.postgres.line import Line
from setpoint.journal.postgres.readers import Readers
from setpoint.journal.postgres.start import reached
from setpoint.journal.postgres.tail import POLL_SECONDS, Tail
from setpoint.journal.postgres.writer import Confirm, Job, Writer
from setpoint.journal.unusable import StoreUnusable
from setpoint.runs.event import Recorded
from setpoint.runs.state import Run


def _ignored(_: object) -> None:
    return


class PostgresJournal:
    """One process's part in a database that others write to as well."""

    exclusive = False
    engine = "postgresql"

    def __init__(
        self,
        address: Address,
        found: Identity,
        committed: Callable[[Committed], None],
        poll_seconds: float,
        failpoints: Failpoints,
        *,
        requires_sync: bool = False,
    ) -> None:
        self._known = Known()
        self._line = Line(address, found, requires_sync=requires_sync)
        self._readers = Readers(address, lambda: self._line.identity.server)
        self._tail = Tail(address, self._readers, self._looked, poll_seconds)
        self._writer = Writer(self._line, self._known, committed, self._renewed, failpoints)
        self._loop = asyncio.get_running_loop()
        self._beats = Beats(self._loop.time)
        self._closing = False

    @property
    def incarnation(self) -> int:
        return self._line.identity.incarnation

    @property
    def life(self) -> str:
        return self._line.identity.life

    @property
    def durability(self) -> str:
        """`failover`, `power-loss` or `process-crash`: by the server's settings, as they were a moment ago."""
        return self._line.identity.level

    @property
    def settings(self) -> Mapping[str, str]:
        """Those of the server that `durability` follows from."""
        return self._line.identity.server.settings

    async def load(self, name: str) -> Run | None:
        """The run as last written: first everything that was enqueued before, then the read."""
        await self._enqueued(lambda done: Pass(name, done))
        run, head = await self._readers.run(reader.load, name, self._known.get(name))
        self._known.put(name, run, head)
        return run

    def append(self, entry: Entry) -> Future[None]:
        """Enqueued now; done when it is committed."""
        rows = tuple(_row(recorded) for recorded in entry.recorded)
        return self._enqueued(lambda done: Write(entry, rows, done))

    def confirm(self, name: str, version: int) -> Future[None]:
        """Enqueued now; done when the database has said so."""
        return self._enqueued(lambda done: Confirm(name, version, done))

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
        return await self._readers.run(reader.since, self._line.identity.store, cursor, limit)

    async def latest(self) -> str:
        return cursors.written(self._line.identity.store, *await self._readers.run(reader.latest))

    def append_tokens(self, recorded: Sequence[TokenRecorded]) -> Future[None]:
        """Enqueued now; done when it is committed."""
        rows = tuple(written.row(each) for each in recorded)
        return self._enqueued(lambda done: WriteTokens(rows, done))

    async def token_events(self, after: int) -> Sequence[TokenRecorded]:
        """As the database has them."""
        return await self._readers.run(tokens.read, after)

    def changed(self) -> AsyncIterator[Moved | Renewed]:
        """Runs that were written to, by this process or another. For one who listens."""
        return self._tail.changes()

    async def heard(self, heard: Sequence[Heard]) -> Sequence[Heard]:
        return await self._readers.run(self._beats.told, heard)

    def _renewed(self) -> None:
        self._beats.forget()
        self._tail.renewed()

    async def _looked(self) -> None:
        """A server that took over, a store restored, or settings that changed: found out though nothing is written."""
        if not await self._readers.run(identity.is_still, self._line.identity):
            self._line.stale = True
            self._writer.put(Pass("", self._loop.create_future()))

    async def close(self) -> None:
        """Settle what is enqueued, and leave the database to the others."""
        if not self._closing:
            self._closing = True
            self._tail.end()
            await self._writer.end()
            await self._readers.close()


def _row(recorded: Recorded) -> Row:
    event, origin = recorded.event, recorded.origin
    return Row(recorded.id, event.kind, origin.at, origin.actor, codec.encode(event))


async def opened(
    address: Address,
    *,
    committed: Callable[[Committed], None] = _ignored,
    waiting: Callable[[str], None] = _ignored,
    poll_seconds: float = POLL_SECONDS,
    failpoints: Failpoints = NONE,
    requires_sync: bool = False,
    copy_of: int | None = None,
) -> PostgresJournal:
    """The journal in the database at `address`, whose tables are made if they are not there.

    `waiting` is called with a line of progress, while the database is not there yet. `committed` is called after each
    group. `requires_sync`: nothing is acknowledged that only one server has. `copy_of`: the incarnation of the store
    that a copy is to be made of, or is being made of; otherwise such a one is refused.

    Raises:
        StoreUnusable: it did not come, or can't be used.
    """
    address, found = await reached(address, partial(_prepared, address, copy_of), waiting)
    if requires_sync and found.level != identity.FAILOVER:
        raise StoreUnusable(
            f"what is acknowledged would survive no more than a {found.level}, and --require-sync asks for synchronous "
            f"replication: {identity.told(found.server)}. Name standbys in synchronous_standby_names, with fsync and "
            "synchronous_commit on"
        )
    return PostgresJournal(address, found, committed, poll_seconds, failpoints, requires_sync=requires_sync)


async def _prepared(address: Address, copy_of: int | None, connection: asyncpg.Connection) -> tuple[Address, Identity]:
    await schema.migrate(connection)
    await (copying.none(connection) if copy_of is None else copying.begin(connection, copy_of))
    return await found_out(address, connection), await identity.recognised(connection)
