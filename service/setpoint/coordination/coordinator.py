"""Commands of a run one at a time, many of them on one fsync, and no answer before what it stands on is durable."""

from asyncio import Future, get_running_loop, shield, sleep
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from setpoint.coordination.attendance import Attendance, Attendant
from setpoint.coordination.desk import Desk
from setpoint.coordination.desks import MOST, Desks
from setpoint.coordination.ports import Entry, Journal, Moved, Overtaken, Renewed
from setpoint.coordination.watch import Watch, Watcher, WatcherOfAll
from setpoint.errors import NotFound, Refused, Unavailable
from setpoint.runs.command import CheckIn, Command, Create, Leave
from setpoint.runs.decide import Decision, decide
from setpoint.runs.event import Origin, Recorded
from setpoint.runs.state import Run

ATTEMPTS = 32
"""How often a command is decided anew after others were first, before the caller is asked to come back.

Two processes that write to one run all the time: who has just written is first again more often than not.
"""


ATTEND_SECONDS = 3.0
"""How late another process knows that a worker was heard of."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The run as it stands with the command done, and the events of it: none where it was a repeat."""

    run: Run
    recorded: tuple[Recorded, ...]


def absent(name: str) -> NotFound:
    """What is said of a run that is not there, and of one that whoever asks may not know of."""
    return NotFound(f"there is no run {name}: PUT /v1/runs/{name} creates it")


def _untold(_: Entry) -> None:
    return


class Coordinator:
    """The one way to act on runs. `clock` tells the time of what is recorded; nothing is decided by it.

    `written` is called with every entry once it is durable, for those who keep count.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Callable[[], str],
        watch: Watch,
        attendance: Attendance,
        *,
        most_desks: int = MOST,
        written: Callable[[Entry], None] = _untold,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._watch = watch
        self._attendance = attendance
        self._desks = Desks(journal, most_desks)
        self._written = written

    @property
    def incarnation(self) -> int:
        return self._journal.incarnation

    @property
    def lives(self) -> int:
        """Rises when all that was known of runs is forgotten, and what was made of it is to be forgotten too."""
        return self._desks.lives

    def peek(self, name: str) -> Run | None:
        """The run as far as it is durable, if it is at hand: a look that never waits. None does not mean no run."""
        desk = self._desks.get(name)
        return None if desk is None else desk.durable

    def known(self, name: str) -> Run | None:
        """The run as it once was, where it has to be read anew: what is sealed in it is true for ever, and no more."""
        return self._desks.known(name)

    async def look(self, name: str) -> Run:
        """The run as far as it is durable; as it was when it could last be read, where it can't be now.

        Raises:
            NotFound: there is no such run.
            Damaged: what is stored of it is not what was written.
        """
        try:
            desk = await self._desks.opened(name)
        except Unavailable:
            if (known := self.known(name)) is None:
                raise
            return known
        if desk.durable is None:
            if desk.tail is None:
                self._desks.dropped(desk)
            raise absent(name)
        return desk.durable

    async def wait_for(self, name: str, reached: Callable[[Run], bool], timeout_seconds: float) -> Run:
        """The run as soon as it has `reached` something; as it is when the time is over, or the service shuts down.

        Raises:
            NotFound: there is no such run.
        """
        run = await self.look(name)
        feed, deadline = self._watch.open(name, run.version), get_running_loop().time() + timeout_seconds
        try:
            while not reached(run) and not self._watch.closed:
                if feed.is_lost:
                    feed = self._watch.open(name, run.version)
                wakes, run = feed.wakes, await self.look(name)
                left = deadline - get_running_loop().time()
                if reached(run) or left <= 0:
                    break
                await feed.woken(wakes, left)
                run = await self.look(name)
            return run
        finally:
            self._watch.release(name, feed)

    async def subscribe(self, name: str, after: int | None = None, life: str = "") -> Watcher:
        """A watcher of the run from the event after `after` of that life on, or from now on. Close it.

        Raises:
            NotFound: there is no such run.
        """
        run = await self.look(name)
        if after is None:
            after, life = run.version, self._watch.life
        return self._watch.subscribe(name, run.version, after, life)

    async def subscribe_all(self, cursor: str | None = None) -> WatcherOfAll:
        """A watcher of all runs, from `cursor` or from now on."""
        return WatcherOfAll(self._watch, await self._journal.latest() if cursor is None else cursor)

    async def workers(self, name: str) -> list[Attendant]:
        """Who is there, how far, and how long each has been quiet.

        Raises:
            NotFound: there is no such run.
        """
        return self._attendance.workers(await self.look(name))

    async def handle(self, name: str, command: Command, *, actor: str, dry_run: bool = False) -> Outcome:
        """Carry out `command`; return once what is answered is durable. A dry run answers alike, and does nothing.

        It is carried out to the end even where the caller is cancelled.

        Raises:
            Refused: by the run's state, which is durable by then.
            Unavailable: it was not carried out, or it is not known; the same command may be sent again.
        """
        for _ in range(ATTEMPTS):
            desk = await self._desks.opened(name)
            try:
                return await self._once(desk, command, actor, dry_run)
            except Overtaken:
                continue
        raise Unavailable(f"others kept writing to {name}")

    async def _once(self, desk: Desk, command: Command, actor: str, dry_run: bool) -> Outcome:
        # From here to the append nothing is awaited: no other command sees the tip that this one is decided on.
        decision, counts = self._decided(desk, command)
        run, recorded = desk.tip, tuple[Recorded, ...]()
        if decision.events:
            entry = desk.drafted(decision.events, Origin(self._clock(), actor))
            run, recorded = entry.run, entry.recorded
            if not dry_run:
                self._append(desk, entry)
        await self._true(desk, writes=bool(recorded) and not dry_run)
        if counts:
            self._heard(desk.name, command)
        if decision.refusal is not None:
            raise decision.refusal
        assert run is not None, "a command that is not refused leaves a run"
        return Outcome(run, recorded)

    def _decided(self, desk: Desk, command: Command) -> tuple[Decision, bool]:
        """What follows from the command, and whether it was heard: one that is refused outright was not.

        A refusal stands on the tip like any answer, so it is told when that is durable.
        """
        if desk.tip is None and not isinstance(command, Create):
            return Decision((), absent(desk.name)), False
        try:
            return decide(desk.tip, command, self._journal.incarnation), True
        except Refused as refusal:
            return Decision((), refusal), False

    async def _true(self, desk: Desk, *, writes: bool) -> None:
        """Once it is known that what was decided on is the run, and durable.

        An entry is only written if it is. Without one, another process may have gone on, and it has to be asked for.
        """
        if not writes and not self._journal.exclusive:
            await self._confirmed(desk)
        await self._durable(desk)

    async def _confirmed(self, desk: Desk) -> None:
        try:
            await self._journal.confirm(desk.name, 0 if desk.tip is None else desk.tip.version)
        except Overtaken:
            self._desks.dropped(desk)
            raise

    async def _durable(self, desk: Desk) -> None:
        """Once all is that was decided so far: an answer stands on the tip, with events of its own or without."""
        if desk.tail is not None:
            await shield(desk.tail)  # it is everybody's: who stops waiting must not cancel it
        elif desk.tip is None:
            self._desks.dropped(desk)  # there is no such run, and nothing to keep

    def _append(self, desk: Desk, entry: Entry) -> None:
        tail = self._journal.append(entry)
        # Added first, so it is called before anybody who waits goes on: they find the desk durable.
        tail.add_done_callback(partial(self._settled, desk, entry))
        desk.enqueued(entry, tail)

    def _settled(self, desk: Desk, entry: Entry, tail: Future[None]) -> None:
        if tail.cancelled() or tail.exception() is not None:
            self._desks.dropped(desk)
            return
        desk.settled(entry, tail)
        self._written(entry)
        if self._journal.exclusive:
            self._watch.announce(desk.name, entry.recorded)

    def tidy(self) -> None:
        """Let go of runs that nobody asked for since the last call. To be called now and then."""
        self._desks.tidied()

    async def follow(self) -> None:
        """Take note of what other processes write, for as long as the journal tells.

        What is announced comes from here then, this process's own events too: only the journal knows the order.
        """
        async for told in self._journal.changed():
            if isinstance(told, Renewed):
                self._desks.forgotten()
                self._watch.reset()
            else:
                self._moved(told)
                await self._watch.catch_up(told.run)

    async def attend(self, pause_seconds: float = ATTEND_SECONDS) -> None:
        """Share with other processes who was heard of, for ever. Where there are none, nothing."""
        while not self._journal.exclusive:
            await sleep(pause_seconds)
            heard = self._attendance.fresh()
            try:
                others = await self._journal.heard(heard)
            except Unavailable:
                self._attendance.again(heard)
            else:
                self._attendance.told(others)

    def _moved(self, moved: Moved) -> None:
        desk = self._desks.get(moved.run)
        if desk is not None and desk.tail is None and (desk.tip is None or desk.tip.version < moved.version):
            self._desks.dropped(desk)

    def _heard(self, name: str, command: Command) -> None:
        if isinstance(command, CheckIn) and command.worker is not None:
            self._attendance.heard(name, command.worker)
        elif isinstance(command, Leave):
            self._attendance.left(name, command.worker)
