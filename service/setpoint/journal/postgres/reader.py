"""What is read: each call on a connection of its own, beside the writer."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import asyncpg
import orjson

from setpoint.coordination.ports import EVERY, Filter, Moved, Page, Placed, Summary
from setpoint.errors import Damaged
from setpoint.journal import chain
from setpoint.journal import cursor as cursors
from setpoint.journal.chain import NOTHING, PAGE, Head, Link, Row
from setpoint.journal.postgres.batch import written_labels
from setpoint.journal.postgres.known import Seen
from setpoint.runs.event import Recorded
from setpoint.runs.state import Run

_SUMMARY = "name, state, labels, unit, attempt, position, frontier, plan_version, created_at"
_RUN = f"""
SELECT EXISTS (SELECT FROM setpoint.events WHERE run = $1), version, chain, {_SUMMARY}
FROM (SELECT) AS one LEFT JOIN setpoint.runs ON name = $1
"""
_EVENTS = """
SELECT id, kind, at, actor, payload, chain FROM setpoint.events WHERE run = $1 AND id > $2 AND id <= $3 ORDER BY id
"""
_CHAIN = "SELECT chain FROM setpoint.events WHERE run = $1 AND id = $2"

# Numbers of transactions are given out in order, but committed in another. Below the lowest that is still under way
# nothing comes any more.
_SETTLED = "xid < pg_snapshot_xmin(pg_current_snapshot())"
_AFTER = f"(xid, seq) > ($1::text::xid8, $2) AND {_SETTLED}"
_ALL = f"""
SELECT xid::text, seq, run, id, kind, at, actor, payload FROM setpoint.events WHERE {_AFTER} ORDER BY xid, seq LIMIT $3
"""
_MOVED = f"SELECT run, id, xid::text, seq FROM setpoint.events WHERE {_AFTER} ORDER BY xid, seq LIMIT $3"
_LATEST = f"SELECT xid::text, seq FROM setpoint.events WHERE {_SETTLED} ORDER BY xid DESC, seq DESC LIMIT 1"


class Place(NamedTuple):
    """Transactions in the order of their numbers, and the events of each in the order of theirs."""

    xid: int
    seq: int


async def load(connection: asyncpg.Connection, name: str, seen: Seen | None) -> tuple[Run | None, Head]:
    """The run that its events add up to, and its head: every one of them checked, or those after `seen`.

    Raises:
        Damaged: what is stored is not what was written.
    """
    row = await connection.fetchrow(_RUN, name)
    assert row is not None
    has_events, version, fingerprint, *listed = row
    if version is None:
        if has_events:
            raise chain.damaged(name, "it has events, but is not among the runs")
        return None, NOTHING
    head = Head(version, fingerprint)
    run = await _seen_grown(connection, name, seen, head) or await _grown(connection, name, None, NOTHING, head)
    if Summary.of(run) != _summary(listed):
        raise chain.damaged(name, "its row in the list is not what its events add up to")
    return run, head


async def _seen_grown(connection: asyncpg.Connection, name: str, seen: Seen | None, head: Head) -> Run | None:
    """What was seen, and what came after it; None where that is not how it went on."""
    if seen is None or seen.run is None or seen.head.version > head.version:
        return None
    try:
        return await _grown(connection, name, seen.run, seen.head, head)
    except Damaged:
        return None


async def _grown(connection: asyncpg.Connection, name: str, run: Run | None, last: Head, head: Head) -> Run:
    """`run`, whose last event is `last`, with those up to `head`: a page at a time, and others have their turn between.

    Raises:
        Damaged: they are not what was written.
    """
    while last.version < head.version:
        stop = min(last.version + PAGE, head.version)
        links = _linked(await connection.fetch(_EVENTS, name, last.version, stop))
        run, last = chain.grown(name, run, links, last)
        if last.version < stop:
            break
    return chain.whole(name, run, last, head)


def _linked(rows: Iterable[asyncpg.Record]) -> list[Link]:
    return [Link(Row(*row[:5]), row[5]) for row in rows]


async def recorded(connection: asyncpg.Connection, name: str, after: int, limit: int) -> list[Recorded]:
    """The run's events above `after`, linked to the one that has this id.

    Raises:
        Damaged: what is stored is not what was written.
    """
    previous = chain.START if after == 0 else await connection.fetchval(_CHAIN, name, after)
    if previous is None:
        return []
    links = _linked(await connection.fetch(_EVENTS, name, after, after + limit))
    return [each for each, _ in chain.read(name, links, Head(after, previous))]


async def since(connection: asyncpg.Connection, store: str, cursor: str, limit: int) -> list[Placed]:
    """Events of all runs after `cursor`. They are advisory: damage shows when their run is loaded."""
    xid, seq = cursors.read(store, cursor, 2)
    rows = await connection.fetch(_ALL, str(xid), seq, limit)
    return [_placed(store, *row) for row in rows]


def _placed(store: str, xid: str, seq: int, run: str, *row: Any) -> Placed:
    return Placed(cursors.written(store, int(xid), seq), run, chain.recorded(run, Row(*row)))


async def latest(connection: asyncpg.Connection) -> Place:
    row = await connection.fetchrow(_LATEST)
    return Place(0, 0) if row is None else Place(int(row[0]), row[1])


async def moved(connection: asyncpg.Connection, after: Place, limit: int) -> tuple[list[Moved], Place]:
    """The runs that were written to after that place, and the place of the last of these events."""
    rows = await connection.fetch(_MOVED, str(after.xid), after.seq, limit)
    versions = {run: version for run, version, _, _ in rows}
    last = Place(int(rows[-1][2]), rows[-1][3]) if rows else after
    return [Moved(run, version) for run, version in versions.items()], last


async def listed(connection: asyncpg.Connection, wanted: Filter) -> Page:
    """A page of the list, newest first: one index walked from the cursor on, whatever the number of runs."""
    conditions, arguments = _conditions(wanted)
    query = f"SELECT ordinal, {_SUMMARY} FROM setpoint.runs WHERE {' AND '.join(conditions)} ORDER BY ordinal DESC"
    rows = await connection.fetch(f"{query} LIMIT {wanted.limit + 1:d}", *arguments)
    shown = [_summary(row[1:]) for row in rows[: wanted.limit]]
    return Page(shown, cursors.written(cursors.LIST, rows[wanted.limit - 1][0]) if len(rows) > wanted.limit else None)


def _conditions(wanted: Filter) -> tuple[list[str], list[object]]:
    conditions, arguments = list[str](), list[object]()
    if wanted.state is None:
        conditions.append("state <> 'archived'")
    else:
        arguments.append(wanted.state)
        conditions.append(f"state = ${len(arguments)}")
    if wanted.labels:
        arguments.append(written_labels(wanted.labels))
        conditions.append(f"labels @> ${len(arguments)}::text::jsonb")
    if wanted.after is not None:
        arguments += cursors.read(cursors.LIST, wanted.after, 1)
        conditions.append(f"ordinal < ${len(arguments)}")
    if wanted.names != EVERY:
        arguments.append([_pattern(glob) for glob in wanted.names])
        conditions.append(f"name LIKE ANY (${len(arguments)}::text[])")
    return conditions, arguments


def _pattern(glob: str) -> str:
    """`glob` as LIKE has it, to which an underscore is any character."""
    return glob.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_").replace("*", "%").replace("?", "_")


def _summary(row: Sequence[Any]) -> Summary:
    name, state, labels, *rest = row
    plain: dict[str, str] = orjson.loads(labels)
    return Summary(name, state, {each: orjson.loads(value) for each, value in plain.items()}, *rest)
