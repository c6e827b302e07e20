"""The one task that writes: it takes what has come in since its last commit, and commits that as a group."""

import asyncio
from asyncio import Event, Future
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TypeAlias, TypeVar

import asyncpg

from setpoint.coordination.ports import Overtaken
from setpoint.errors import SetpointError
from setpoint.journal.chain import Row
from setpoint.journal.failpoints import NONE, Failpoints
from setpoint.journal.jobs import Committed, Pass, Write, WriteTokens
from setpoint.journal.postgres import tokens
from setpoint.journal.postgres.batch import WAIT_FOR_STANDBYS, Batch
from setpoint.journal.postgres.identity import FAILOVER
from setpoint.journal.postgres.known import Known
from setpoint.journal.postgres.line import Line
from setpoint.journal.postgres.refusal import BROKEN, TRY_AGAIN, TURNED_OFF, unavailable

LARGEST_GROUP = 1024
"""Entries of one commit: so that none waits for a group that never ends."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Confirm:
    """Somebody who has decided on a run at `version`, without anything to write, and wants to know if it still is."""

    run: str
    version: int
    done: Future[None]


T = TypeVar("T")
OfRun: TypeAlias = Write | Confirm | Pass
Job: TypeAlias = OfRun | WriteTokens
Outcome: TypeAlias = tuple[Future[None], BaseException | None]


class Writer:
    """`renewed` is called once the store is found in another life."""

    def __init__(
        self,
        line: Line,
        known: Known,
        committed: Callable[[Committed], None],
        renewed: Callable[[], None],
        failpoints: Failpoints = NONE,
    ) -> None:
        self._line = line
        self._known = known
        self._committed = committed
        self._renewed = renewed
        self._failpoints = failpoints
        self._jobs: deque[Job] = deque()
        self._more = Event()
        self._ending = False
        self._task = asyncio.create_task(self._run())

    def put(self, job: Job) -> None:
        """Enqueue it; jobs are done in the order of the calls."""
        self._jobs.append(job)
        self._more.set()

    async def end(self) -> None:
        """Do what is enqueued, and end."""
        self._ending = True
        self._more.set()
        await self._task
        await self._line.close()

    async def _run(self) -> None:
        while self._jobs or not self._ending:
            if not self._jobs:
                self._more.clear()
                await self._more.wait()
                continue
            _set(await self._done(self._taken()))

    def _taken(self) -> list[Job]:
        """What is to be done as a group; events of tokens are one by themselves."""
        jobs = [self._jobs.popleft()]
        while self._jobs and len(jobs) < LARGEST_GROUP and not isinstance(jobs[-1], WriteTokens):
            if isinstance(self._jobs[0], WriteTokens):
                break
            jobs.append(self._jobs.popleft())
        return jobs

    async def _done(self, jobs: list[Job]) -> list[Outcome]:
        began = perf_counter()
        entries = sum(isinstance(job, (Write, WriteTokens)) for job in jobs)
        try:
            outcomes, refusal = await self._group(jobs), None
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told, and the task goes on
            if len(jobs) > 1 and _is_of_one(error):
                return [outcome for job in jobs for outcome in await self._done([job])]
            refusal = unavailable(error)
            self._known.lose(job.run for job in jobs if isinstance(job, Write))
            outcomes = _all(jobs, refusal)
        if entries:
            self._committed(Committed(entries, perf_counter() - began, refusal))
        return outcomes

    async def _group(self, jobs: list[Job]) -> list[Outcome]:
        before = self._line.identity.store
        connection = await self._line.ready()
        if self._line.identity.store != before:
            return self._of_another_life(jobs)
        for tries in range(_TRIES):
            try:
                return await self._tried(connection, jobs)
            except TRY_AGAIN:
                if tries == _TRIES - 1:
                    raise
            except (*BROKEN, *TURNED_OFF, SetpointError):
                self._line.drop()
                raise
        raise AssertionError  # the last try returns or raises

    async def _tried(self, connection: asyncpg.Connection, jobs: list[Job]) -> list[Outcome]:
        if isinstance(jobs[0], WriteTokens):
            refusal = await self._line.within(connection, self._tokens_written(connection, jobs[0].rows))
            return [(jobs[0].done, refusal)]
        of_runs = [job for job in jobs if not isinstance(job, WriteTokens)]
        batch, outcomes = self._batch(of_runs)
        done = await self._line.within(connection, self._carried_out(connection, batch))
        batch.settle(done)
        return [self._outcome(job, error, done) for job, error in zip(of_runs, outcomes, strict=True)]

    def _of_another_life(self, jobs: list[Job]) -> list[Outcome]:
        """All that has come in was decided on what the store may have lost."""
        late = [*jobs, *self._jobs]
        self._jobs.clear()
        self._known.forget()
        self._renewed()
        error = Overtaken("the database is another one than before: what this was decided on may be lost")
        return [(job.done, None if isinstance(job, Pass) else error) for job in late]

    def _batch(self, jobs: Iterable[OfRun]) -> tuple[Batch, list[SetpointError | None]]:
        """The jobs in order, and for each why it can't be done."""
        batch = Batch(self._known)
        return batch, [_added(batch, job) for job in jobs]

    async def _carried_out(self, connection: asyncpg.Connection, batch: Batch) -> set[str]:
        incarnation = self._line.identity.incarnation
        waits = self._line.suspect or (batch.asks and self._line.identity.level == FAILOVER)
        if not batch.writes and not waits:
            return await batch.confirmed(connection, incarnation)
        if batch.writes and not (batch.asks or self._failpoints or self._line.pooled):
            # One statement is a transaction of its own: one question and one answer instead of three.
            return await self._line.commit(batch.write(connection, incarnation))
        return await self._step_by_step(connection, batch, incarnation)

    async def _step_by_step(self, connection: asyncpg.Connection, batch: Batch, incarnation: int) -> set[str]:
        async def steps() -> set[str]:
            done = await batch.write(connection, incarnation) if batch.writes else set[str]()
            done |= await batch.confirmed(connection, incarnation)
            if not batch.writes:
                await connection.execute(WAIT_FOR_STANDBYS)
            return done

        return await self._transaction(connection, steps)

    async def _tokens_written(self, connection: asyncpg.Connection, rows: tuple[Row, ...]) -> SetpointError | None:
        """Why they could not be."""
        try:
            identity = self._line.identity
            await self._transaction(connection, partial(tokens.write, connection, identity.incarnation, rows))
        except Overtaken as refusal:
            return refusal
        return None

    async def _transaction(self, connection: asyncpg.Connection, steps: Callable[[], Awaitable[T]]) -> T:
        """What `steps` come to, once they are committed."""
        self._at("begin.before")
        await connection.execute("BEGIN")
        try:
            done = await steps()
            self._at("rows.after")
            self._at("commit.before")
        except Exception:
            if not connection.is_closed():
                await connection.execute("ROLLBACK")
            raise
        await self._line.commit(connection.execute("COMMIT"))
        self._at("commit.after")
        return done

    def _outcome(self, job: OfRun, error: SetpointError | None, done: set[str]) -> Outcome:
        if error is None and not isinstance(job, Pass) and job.run not in done:
            error = Overtaken(f"{job.run}: another writer was first", run=job.run)
        return job.done, error

    def _at(self, place: str) -> None:
        if place in self._failpoints:
            self._failpoints[place]()


def _added(batch: Batch, job: OfRun) -> SetpointError | None:
    try:
        if isinstance(job, Write):
            batch.add(job.entry, job.rows)
        elif isinstance(job, Confirm):
            batch.confirm(job.run, job.version)
    except SetpointError as refusal:
        return refusal
    return None


def _is_of_one(error: Exception) -> bool:
    """Whether one entry alone may be what can't be written."""
    return isinstance(error, (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)) or not isinstance(
        error, (asyncpg.PostgresError, SetpointError, *BROKEN)
    )


def _all(jobs: Iterable[Job], error: SetpointError) -> list[Outcome]:
    return [(job.done, error) for job in jobs]


def _set(outcomes: list[Outcome]) -> None:
    for done, error in outcomes:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
