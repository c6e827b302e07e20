"""What coordination needs of a journal. An engine is a class that does this; the contract's tests say what that means."""

from asyncio import Future
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from setpoint.errors import Conflict
from setpoint.runs.event import Recorded
from setpoint.runs.state import Run


class Overtaken(Conflict):
    """Another writer was first: nothing of the entry was written. Load the run and decide again."""


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
    labels: Mapping[str, str]
    unit: str
    attempt: int
    position: int
    frontier: int
    plan_version: int
    created_at: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs to list; archived ones only where asked for by name of the state."""

    state: str | None = None
    labels: Mapping[str, str] | None = None
    after: str | None = None
    """An opaque cursor: the `next` of the page before."""
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Page:
    runs: Sequence[Summary]
    next: str | None


class Journal(Protocol):
    """Where events are kept, in order, for ever."""

    exclusive: bool
    """Whether nobody else writes: True for SQLite, False for PostgreSQL."""
    incarnation: int
    """Which life of the store this is; raised when a backup is restored."""
    durability: str
    """What an acknowledged write survives, in a word, for `/v1/info`."""

    async def load(self, name: str) -> Run | None:
        """The run as last written, or None. It goes through the same queue as `append`."""
        ...

    def append(self, entry: Entry) -> Future[None]:
        """Enqueued now, written in the order of the calls; the future is done once the entry is durable.

        Its exception is Overtaken (not written), Unavailable (not written, or not known: load the run again).
        """
        ...

    async def recorded(self, name: str, after: int, limit: int) -> Sequence[Recorded]:
        """The run's events with ids above `after`, in order."""
        ...

    async def list(self, filter: Filter) -> Page:
        """Summaries, newest first."""
        ...

    def changed(self) -> AsyncIterator[str]:
        """Names of runs that other processes wrote to. An exclusive journal yields none."""
        ...

    async def close(self) -> None:
        """Everything that was enqueued is settled; the store is left tidy."""
        ...
