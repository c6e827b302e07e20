"""A chain of fingerprints over a run's events: what was written is what is read, in order, with nothing gone."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from setpoint.errors import Damaged
from setpoint.journal.codec import Undecodable, decode
from setpoint.runs.event import Created, Origin, Recorded
from setpoint.runs.evolve import created, evolve
from setpoint.runs.state import Run

SIZE = 32
START = bytes(SIZE)
"""What the first event of a run is linked to."""


class Row(NamedTuple):
    """An event as it is written down."""

    id: int
    kind: str
    at: str
    actor: str
    payload: bytes


class Link(NamedTuple):
    """A row, and the fingerprint of it and of all that came before it."""

    row: Row
    chain: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a run: its id and its fingerprint."""

    version: int
    chain: bytes


NOTHING = Head(0, START)


def linked(run: str, previous: bytes, row: Row) -> bytes:
    """The fingerprint of `row`, which follows the one that has `previous`. Lengths keep the fields apart."""
    kind, at, actor = row.kind.encode(), row.at.encode(), row.actor.encode()
    name = run.encode()
    lengths = b"%d %d %d %d %d %d " % (row.id, len(name), len(kind), len(at), len(actor), len(row.payload))
    text = b"".join((previous, lengths, name, kind, at, actor, row.payload))
    return blake2b(text, digest_size=SIZE, person=b"setpoint").digest()


def read(run: str, links: Iterable[Link], head: Head = NOTHING) -> Iterable[tuple[Recorded, bytes]]:
    """The events of `links`, which follow `head`, each with its fingerprint.

    Raises:
        Damaged: one is missing, is not what was written, or can't be read.
    """
    version, chain = head.version, head.chain
    for row, written in links:
        version += 1
        if row.id != version:
            raise damaged(run, f"event {version} is missing")
        chain = _linked(run, chain, row)
        if chain != written:
            raise damaged(run, f"event {version} is not what was written")
        yield recorded(run, row), chain


def _linked(run: str, previous: bytes, row: Row) -> bytes:
    try:
        return linked(run, previous, row)
    except (AttributeError, TypeError) as error:  # a flipped bit can turn a text into a number
        raise damaged(run, f"event {row.id} is not even of the types that were written") from error


def recorded(run: str, row: Row) -> Recorded:
    try:
        return Recorded(row.id, decode(row.kind, row.payload), Origin(row.at, row.actor))
    except Undecodable as error:
        raise damaged(run, f"event {row.id} can't be read: {error}") from error


PAGE = 500
"""Events to read at a time: a run that was trained for long has millions, and there are others to be answered."""


def grown(name: str, run: Run | None, links: Iterable[Link], head: Head) -> tuple[Run | None, Head]:
    """`run`, whose last event is `head`, with the events of `links`, and the last of those. None: nothing yet.

    Raises:
        Damaged: they are not what was written.
    """
    for event, fingerprint in read(name, links, head):
        head = Head(event.id, fingerprint)
        if run is not None:
            run = evolve(run, event)
        elif isinstance(event.event, Created):
            run = created(name, event)
        else:
            raise damaged(name, "its first event is not its creation")
    return run, head


def whole(name: str, run: Run | None, last: Head, head: Head) -> Run:
    """`run`, whose last event is `last`, which has to be `head`.

    Raises:
        Damaged: it is another.
    """
    if run is None or last != head:
        raise damaged(name, f"its events do not end at event {head.version}, as they should")
    return run


def damaged(run: str, detail: str) -> Damaged:
    return Damaged(f"{run}: {detail}", run=run)
