"""What was sent and answered in one history, in the order in which it was: what the checker judges.

`sent` and `received` are readings of one counter that rises by one at each sending and each receipt, so one request was
answered before another was sent where the first's `received` is below the second's `sent`.
"""

import struct
from array import array
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

RESET = -1
"""In what a watcher was told: that it has to look afresh, and what comes next may be any event."""


class Source(IntEnum):
    """Where a sealed value was seen."""

    CHECK_IN = 0
    SEAL = 1
    LOOK = 2
    CURVE = 3
    STORE = 4


@dataclass(slots=True)
class Values:
    """Sealed values that were seen, in columns: a million of them are sorted in a fraction of a second.

    `version` is the plan's that sealed it, 0 where the answer did not say. `column` 0 is `lr`, the others its groups.
    """

    run: "array[int]" = field(default_factory=lambda: array("q"))
    attempt: "array[int]" = field(default_factory=lambda: array("q"))
    epoch: "array[int]" = field(default_factory=lambda: array("q"))
    column: "array[int]" = field(default_factory=lambda: array("q"))
    bits: "array[int]" = field(default_factory=lambda: array("Q"))
    version: "array[int]" = field(default_factory=lambda: array("q"))
    sent: "array[int]" = field(default_factory=lambda: array("q"))
    received: "array[int]" = field(default_factory=lambda: array("q"))
    source: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, value: "Value") -> None:
        self.run.append(value.run)
        self.attempt.append(value.attempt)
        self.epoch.append(value.epoch)
        self.column.append(value.column)
        self.bits.append(value.bits)
        self.version.append(value.version)
        self.sent.append(value.sent)
        self.received.append(value.received)
        self.source.append(value.source)

    def __len__(self) -> int:
        return len(self.run)


class Value(NamedTuple):
    """One sealed value that was seen."""

    run: int
    attempt: int
    epoch: int
    bits: int
    sent: int
    received: int
    source: Source = Source.CHECK_IN
    column: int = 0
    version: int = 0


class Asked(NamedTuple):
    """A request that may have sealed everything before `stop`, answered or not."""

    run: int
    attempt: int
    stop: int
    sent: int


class Answer(NamedTuple):
    """An answer that carries the run's current state. `said` is what every delivery of `request` must be told."""

    request: str
    run: int
    attempt: int
    said: str
    frontier: int
    version: int
    sent: int
    received: int


class Receipt(NamedTuple):
    """A change that was acknowledged. `requested` is 0 where no epoch was asked for."""

    key: str
    run: int
    attempt: int
    version: int
    effective: int
    requested: int
    after: int
    said: str
    sent: int
    received: int


class Opening(NamedTuple):
    """An attempt that was acknowledged."""

    key: str
    run: int
    attempt: int
    parent: int
    from_epoch: int
    said: str
    sent: int
    received: int


class Unsealed(NamedTuple):
    """A look that was told that `epoch` is not sealed."""

    run: int
    attempt: int
    epoch: int
    sent: int


class Current(NamedTuple):
    """An answer to a look that did not name an attempt: which one is current."""

    run: int
    attempt: int
    sent: int
    received: int


class Stored(NamedTuple):
    """An event as it was found in the database at the end. What it has not is 0 or empty."""

    run: int
    id: int
    kind: str
    attempt: int
    start: int = 0
    stop: int = 0
    version: int = 0
    parent: int = 0
    key: str = ""


class Told(NamedTuple):
    """An event as a watcher was told of it; `RESET` for its id and no kind where it was told to look afresh."""

    id: int
    kind: str


@dataclass(slots=True)
class History:
    """Everything that was seen of some runs, from their creation until the service was stopped for good."""

    values: Values = field(default_factory=Values)
    asked: list[Asked] = field(default_factory=list[Asked])
    answers: list[Answer] = field(default_factory=list[Answer])
    receipts: list[Receipt] = field(default_factory=list[Receipt])
    openings: list[Opening] = field(default_factory=list[Opening])
    unsealed: list[Unsealed] = field(default_factory=list[Unsealed])
    current: list[Current] = field(default_factory=list[Current])
    watched: dict[int, list[Told]] = field(default_factory=dict[int, list[Told]])
    """What a watcher of each run was told, over all its connections."""
    stored: list[Stored] = field(default_factory=list[Stored])
    """The events in the database, each run's in the order of their ids."""


def bits_of(value: float) -> int:
    """The float64's 64 bits."""
    found: int = struct.unpack("<Q", struct.pack("<d", value))[0]
    return found
