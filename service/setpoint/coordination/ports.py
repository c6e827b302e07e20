"""What coordination needs of a journal. An engine is a class that does it; the contract's tests say what it means."""

from asyncio import Future
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from setpoint.access.event import TokenRecorded
from setpoint.access.token import EVERY_RUN
from setpoint.errors import Conflict
from setpoint.runs.event import Recorded
from setpoint.runs.state import Run

EVERY = (EVERY_RUN,)


class Overtaken(Conflict):
    """Another writer was first: nothing of the entry was written. Load the run and decide again."""

    code = "overtaken"
    title = "Another writer was first"
    advice = "Send the same request again."


@dataclass(frozen=True, slots=True)
class Entry:
    """Events that belong together: all of them are written, or none. `run` is the state after the last one."""

    expected: int
    """The id of the run's last event before these; 0 creates it."""
    recorded: tuple[Recorded, ...]
    run: Run


@dataclass(frozen=True, slots=True)
class Summary:
    """A run as the list shows it."""

    name: str
    state: str
    """As in the run; `damaged` where its entry in the list is not what was written."""
    labels: Mapping[str, str]
    unit: str
    attempt: int
    position: int
    frontier: int
    plan_version: int
    created_at: str

    @staticmethod
    def of(run: Run) -> "Summary":
        attempt = run.attempt
        return Summary(
            name=run.name,
            state=run.state,
            labels=run.labels,
            unit=run.settings.unit,
            attempt=attempt.number,
            position=attempt.position,
            frontier=attempt.frontier,
            plan_version=run.plan_version,
            created_at=run.created.at,
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs to list; archived ones only where asked for by name of the state."""

    state: str | None = None
    labels: Mapping[str, str] | None = None
    after: str | None = None
    """An opaque cursor: the `next` of the page before."""
    limit: int = 100
    names: tuple[str, ...] = EVERY
    """Globs, of which the name has to match one: `*` for any characters, `?` for one."""


@dataclass(frozen=True, slots=True)
class Page:
    runs: Sequence[Summary]
    next: str | None


@dataclass(frozen=True, slots=True)
class Placed:
    """An event among those of all runs. `cursor` is opaque: it resumes after this event."""

    cursor: str
    run: str
    recorded: Recorded


@dataclass(frozen=True, slots=True)
class Moved:
    """A run was written to, and `version` is the id of its last event."""

    run: str
    version: int


class Heard(NamedTuple):
    """A worker of a run gave a sign of life."""

    run: str
    worker: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """The store is in another life than it was: what was known of any run may not be what it holds now."""


class Journal(Protocol):
    """Where events are kept, in order, for ever."""

    @property
    def exclusive(self) -> bool:
        """Whether nobody else writes: True for SQLite, False for PostgreSQL."""
        ...

    @property
    def incarnation(self) -> int:
        """Which life of the store this is; raised when a backup is restored."""
        ...

    @property
    def life(self) -> str:
        """What tells ids of events apart from those of another life: eight digits, or nothing in the first one."""
        ...

    @property
    def engine(self) -> str:
        """What keeps the events, in a word, for `/v1/info`."""
        ...

    @property
    def durability(self) -> str:
        """What an acknowledged write survives, in a word, for `/v1/info`."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """The engine's settings that `durability` follows from."""
        ...

    async def load(self, name: str) -> Run | None:
        """The run as last written, or None. It passes through the same queue as `append`: it sees what was there.

        Raises:
            Damaged: what is stored is not what was written; it stays as it is.
        """
        ...

    def append(self, entry: Entry) -> Future[None]:
        """Enqueued now, written in the order of the calls; the future is done once the entry is durable.

        Its exception is Overtaken (not written), StorageFull (not written) or another Unavailable (not written, or not
        known). Once an entry has failed, so does (Overtaken) every other of its run until a `load` of it has passed
        through the queue: they may have been decided on what was never written, whatever their numbers say.
        """
        ...

    def confirm(self, name: str, version: int) -> Future[None]:
        """Enqueued now, done in the order of the calls: whether the run's last event is still `version` (0: no run).

        For an answer that writes nothing, and must not stand on what another process has changed meanwhile. There is
        nothing to look up where the journal is exclusive. Its exception is Overtaken, or Unavailable.
        """
        ...

    async def recorded(self, name: str, after: int, limit: int) -> Sequence[Recorded]:
        """The run's events with ids above `after`, in order; nothing where there is no such run.

        Raises:
            Damaged: what is stored is not what was written.
        """
        ...

    async def list(self, filter: Filter) -> Page:  # noqa: A002 - what it is
        """Summaries, newest first.

        Raises:
            InvalidRequest: `after` is no cursor of this list.
        """
        ...

    async def since(self, cursor: str, limit: int) -> Sequence[Placed]:
        """The events of all runs after `cursor`, in the one order that all readers see.

        Raises:
            InvalidRequest: it is no cursor.
        """
        ...

    async def latest(self) -> str:
        """The cursor that nothing comes after yet."""
        ...

    def append_tokens(self, recorded: Sequence[TokenRecorded]) -> Future[None]:
        """Events of tokens, all of them or none, after all that were written before: the first id says after which.

        Enqueued now; its exception is Overtaken (another was first) or an Unavailable, as of `append`.
        """
        ...

    async def token_events(self, after: int) -> Sequence[TokenRecorded]:
        """All events of tokens with ids above `after`, in order; those that were appended here are among them.

        Raises:
            Damaged: what is stored is not what was written.
        """
        ...

    async def heard(self, heard: Sequence[Heard]) -> Sequence[Heard]:
        """Tell other processes whom this one has heard since the last call; whom they have heard, told in the same way.

        For who is there and who is not: nothing that is decided rests on it, so some may be lost.

        Raises:
            Unavailable: nobody was told.
        """
        ...

    def changed(self) -> AsyncIterator[Moved | Renewed]:
        """Runs that were written to, by whomever, once that is durable. An exclusive journal yields none."""
        ...

    async def close(self) -> None:
        """Everything that was enqueued is settled; the store is left tidy."""
        ...
