"""What the writers of both engines are handed, and what they tell of a commit."""

from asyncio import Future
from dataclasses import dataclass

from setpoint.coordination.ports import Entry
from setpoint.errors import SetpointError
from setpoint.journal.chain import Row


@dataclass(frozen=True, slots=True)
class Write:
    """An entry, its events as rows, and the future that waits for it."""

    entry: Entry
    rows: tuple[Row, ...]
    done: Future[None]

    @property
    def run(self) -> str:
        return self.entry.run.name


@dataclass(frozen=True, slots=True)
class WriteTokens:
    """Events of tokens as rows, and the future that waits for them."""

    rows: tuple[Row, ...]
    done: Future[None]


@dataclass(frozen=True, slots=True)
class Pass:
    """Somebody who wants to know that all before it is written, in order to read `run` afresh."""

    run: str
    done: Future[None]


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit took, for those who keep count: how many entries in how many seconds, and why it failed."""

    entries: int
    seconds: float
    refusal: SetpointError | None = None
