"""What is in the database at the end, read with the journal's own reader, every link of the chain checked."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from proof.history import History, Source, Stored, Value, bits_of
from setpoint.journal.postgres import reader as of_postgres
from setpoint.journal.postgres.address import parsed
from setpoint.journal.sqlite import reader
from setpoint.journal.sqlite.connection import Place
from setpoint.runs.event import AttemptOpened, Changed, Created, Event, Recorded, SealedEpochs
from setpoint.runs.sealed import from_bits

Epochs: TypeAlias = dict[int, tuple[tuple[int, ...], int]]
"""By epoch: the bits of each column, and the version of the plan that sealed them."""


def harvest(database: Path, names: Sequence[str], history: History, time: int) -> None:
    """Add what is stored of the runs to the history, as seen at `time`.

    Raises:
        Damaged: something is not what was written.
    """
    connection = Place(database).reader()
    try:
        for run, name in enumerate(names):
            reader.load(connection, name)
            add(history, run, reader.recorded(connection, name, 0, -1), time)
    finally:
        connection.close()


async def from_postgres(url: str, names: Sequence[str], history: History, time: int) -> None:
    """The same, where the store is at a URL, and several services share it: what one of them only shows may lag.

    So a look that was told that an epoch is not sealed yet, or which attempt is current, is no evidence.

    Raises:
        Damaged: something is not what was written.
    """
    history.unsealed.clear()
    history.current.clear()
    connection = await parsed(url).connect()
    try:
        for run, name in enumerate(names):
            await of_postgres.load(connection, name, None)
            add(history, run, await of_postgres.recorded(connection, name, 0, 2**40), time)
    finally:
        await connection.close()


def add(history: History, run: int, events: Sequence[Recorded], time: int) -> None:
    """Add the run's events to the history, and what they sealed."""
    history.stored += (_stored(run, recorded) for recorded in events)
    for attempt, epochs in sealed(each.event for each in events).items():
        _add(history, run, attempt, epochs, time)


def _add(history: History, run: int, attempt: int, epochs: Epochs, time: int) -> None:
    for epoch, (columns, version) in epochs.items():
        for column, bits in enumerate(columns):
            history.values.add(Value(run, attempt, epoch, bits, time, time, Source.STORE, column, version))


def sealed(events: Iterable[Event]) -> Mapping[int, Epochs]:
    """By attempt, what it has sealed or inherited: read off the events, without the run's own code."""
    attempts: dict[int, Epochs] = {1: {}}
    for event in events:
        if isinstance(event, AttemptOpened):
            parent = attempts[event.parent]
            attempts[event.attempt] = {epoch: parent[epoch] for epoch in parent if epoch < event.from_epoch}
        elif isinstance(event, SealedEpochs):
            values = zip(*(from_bits(column) for column in event.columns), strict=True)
            for epoch, row in enumerate(values, event.start):
                attempts[event.attempt][epoch] = tuple(map(bits_of, row)), event.plan_version
    return attempts


def _stored(run: int, recorded: Recorded) -> Stored:
    event, id_ = recorded.event, recorded.id
    match event:
        case Created():
            return Stored(run, id_, event.kind, 1, event.settings.start_epoch, version=1)
        case SealedEpochs():
            return Stored(run, id_, event.kind, event.attempt, event.start, event.stop, event.plan_version)
        case Changed():
            key = event.key.name if event.key else ""
            return Stored(run, id_, event.kind, event.attempt, event.effective_epoch, 0, event.plan_version, key=key)
        case AttemptOpened():
            key = event.key.name if event.key else ""
            version, parent = event.plan_version, event.parent
            return Stored(run, id_, event.kind, event.attempt, event.from_epoch, 0, version, parent, key)
        case _:
            return Stored(run, id_, event.kind, getattr(event, "attempt", 0))
