"""The one thread that writes: it takes what has come in since its last commit, and commits that as a group."""

from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import perf_counter
from typing import TypeAlias

import apsw

from setpoint.coordination.ports import Overtaken
from setpoint.errors import SetpointError, StorageFull, Unavailable
from setpoint.journal.failpoints import NONE, Failpoints
from setpoint.journal.jobs import Committed, Pass, Write, WriteTokens
from setpoint.journal.sqlite import sql
from setpoint.journal.sqlite.group import Group

LARGEST_GROUP = 1024
"""Entries of one commit: so that none waits for a group that never ends."""
CHECKPOINT_PAGES = 4000
"""Pages in the log, 16 MB, from which they are moved to the file. Fewer would sync more often than they save."""


@dataclass(frozen=True, slots=True)
class Told:
    """Whom the group's end is told to, on the loop."""

    loop: AbstractEventLoop
    committed: Callable[[Committed], None]
    fatal: Callable[[Exception], None]


Job: TypeAlias = Write | WriteTokens | Pass
Outcome: TypeAlias = tuple[Future[None], BaseException | None]


class Writer:
    """Owns the writing connection, on a thread of its own."""

    def __init__(self, connection: apsw.Connection, told: Told, failpoints: Failpoints = NONE) -> None:
        self._connection = connection
        self._told = told
        self._failpoints = failpoints
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._gathered: list[Job] = []
        self._handing_over = Lock()
        self._lost: set[str] = set()
        self._failed: Exception | None = None
        self._pages = 0
        connection.set_wal_hook(self._logged)
        self._thread = Thread(target=self._run, name="setpoint-journal", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Enqueue it; jobs are done in the order of the calls.

        What one turn of the loop brings is handed over at once: given singly, the first would be committed alone, while
        all the others waited for a second sync.
        """
        if not self._gathered:
            self._told.loop.call_soon(self._hand_over)
        self._gathered.append(job)

    def _hand_over(self) -> None:
        with self._handing_over:
            jobs, self._gathered = self._gathered, []
            for job in jobs:
                self._jobs.put(job)

    def end(self) -> None:
        """Do what is enqueued, tidy up, and end. Blocks. Nothing is put any more by then."""
        self._hand_over()
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            jobs = self._taken()
            going_on = None not in jobs
            self._settle(self._done([job for job in jobs if job is not None]))
            self._checkpoint_when_due()
        self._close()

    def _taken(self) -> list[Job | None]:
        """All that is there, and at least one."""
        jobs = [self._jobs.get()]
        try:
            while jobs[-1] is not None and len(jobs) < LARGEST_GROUP:
                jobs.append(self._jobs.get_nowait())
        except Empty:
            pass
        return jobs

    def _done(self, jobs: list[Job]) -> list[Outcome]:
        if self._failed is not None:
            return [(job.done, _unavailable(self._failed)) for job in jobs]
        entries = sum(not isinstance(job, Pass) for job in jobs)
        if entries == 0:
            return self._passed(jobs)
        start = perf_counter()
        outcomes, error = self._attempted(jobs)
        self._tell(
            self._told.committed,
            Committed(entries, perf_counter() - start, None if error is None else _unavailable(error)),
        )
        return outcomes

    def _passed(self, jobs: Iterable[Job]) -> list[Outcome]:
        self._lost.difference_update(job.run for job in jobs if isinstance(job, Pass))
        return [(job.done, None) for job in jobs]

    def _attempted(self, jobs: list[Job]) -> tuple[list[Outcome], Exception | None]:
        """The group in one transaction; where one of its entries can't be written at all, each in one of its own."""
        lost = set(self._lost)
        try:
            return self._committed(jobs), None
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told, and the thread goes on
            self._roll_back()
            self._lost = lost
            if isinstance(error, apsw.IOError):
                self._stop(error)
            elif len(jobs) > 1 and (isinstance(error, apsw.ConstraintError) or not isinstance(error, apsw.Error)):
                return [self._attempted([job])[0][0] for job in jobs], error
            return self._refused(jobs, error), error

    def _committed(self, jobs: list[Job]) -> list[Outcome]:
        self._at("begin.before")
        sql.do(self._connection, "BEGIN IMMEDIATE")
        group = Group(self._connection)
        outcomes = [self._one(group, job) for job in jobs]
        group.finish()
        self._at("rows.after")
        self._at("commit.before")
        sql.do(self._connection, "COMMIT")
        self._at("commit.after")
        return outcomes

    def _one(self, group: Group, job: Job) -> Outcome:
        if isinstance(job, Pass):
            self._lost.discard(job.run)
            return job.done, None
        if isinstance(job, WriteTokens):
            return job.done, _added(group, job)
        name = job.entry.run.name
        try:
            if name in self._lost:
                raise Overtaken(f"{name}: what this was decided on was not written", run=name)
            group.add(job.entry, job.rows)
        except SetpointError as refusal:
            self._lost.add(name)
            return job.done, refusal
        return job.done, None

    def _refused(self, jobs: Iterable[Job], error: Exception) -> list[Outcome]:
        """Nothing of the group was written. A `Pass` reads what is there, unless nothing is to be trusted any more."""
        outcomes: list[Outcome] = []
        for job in jobs:
            if isinstance(job, Pass):
                self._lost.discard(job.run)
                outcomes.append((job.done, None if self._failed is None else _unavailable(error)))
                continue
            if isinstance(job, Write):
                self._lost.add(job.entry.run.name)
            outcomes.append((job.done, _unavailable(error)))
        return outcomes

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                sql.do(self._connection, "ROLLBACK")
            except apsw.Error as error:
                self._stop(error)

    def _stop(self, error: Exception) -> None:
        """Write nothing any more.

        After a failed sync nobody knows what the disk holds, and trying again won't tell: the kernel may have dropped
        the pages. The next process reads what is there.
        """
        self._failed = error
        self._tell(self._told.fatal, error)

    def _logged(self, connection: apsw.Connection, database: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def _checkpoint_when_due(self) -> None:
        if self._pages < CHECKPOINT_PAGES or self._failed is not None:
            return
        self._pages = 0
        self._checkpoint(apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _checkpoint(self, mode: int) -> None:
        try:
            self._connection.wal_checkpoint(mode=mode)
        except apsw.IOError as error:
            self._stop(error)
        except apsw.Error:
            return  # no room, or a reader in the way: nothing is lost, for the log has it all; the next one does it

    def _close(self) -> None:
        if self._failed is None:
            self._checkpoint(apsw.SQLITE_CHECKPOINT_TRUNCATE)
        if self._failed is not None:  # closing would sync once more
            self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self._connection.close()

    def _at(self, place: str) -> None:
        if place in self._failpoints:
            self._failpoints[place]()

    def _settle(self, outcomes: list[Outcome]) -> None:
        self._tell(_set, outcomes)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        if not self._told.loop.is_closed():
            self._told.loop.call_soon_threadsafe(what, *arguments)


def _added(group: Group, job: WriteTokens) -> SetpointError | None:
    try:
        group.add_tokens(job.rows)
    except SetpointError as refusal:
        return refusal
    return None


def _set(outcomes: list[Outcome]) -> None:
    for done, error in outcomes:
        if done.cancelled():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def _unavailable(error: Exception) -> SetpointError:
    if isinstance(error, SetpointError):
        return error
    if isinstance(error, apsw.FullError):
        return StorageFull("there is no room for what is to be written")
    if isinstance(error, apsw.ReadOnlyError):
        return Unavailable("the database can't be written: it is read-only")
    return Unavailable(f"the database could not be written: {error}")
