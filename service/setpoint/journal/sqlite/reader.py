"""What is read: each call in one read transaction on a connection of its own, beside the writer."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import apsw

from setpoint.access.event import TokenRecorded
from setpoint.coordination.ports import EVERY, Filter, Page, Placed, Summary
from setpoint.journal import chain, tokens
from setpoint.journal import cursor as cursors
from setpoint.journal.chain import NOTHING, PAGE, Head, Link, Row
from setpoint.journal.sqlite import sql
from setpoint.journal.sqlite.summary import COLUMNS, summary
from setpoint.runs.event import Recorded
from setpoint.runs.state import Run

_RUN = f"SELECT {COLUMNS} FROM runs WHERE name = ?"
_EVENTS = "SELECT id, kind, at, actor, payload, chain FROM events WHERE run = ? AND id > ? ORDER BY id LIMIT ?"
_CHAIN = "SELECT chain FROM events WHERE run = ? AND id = ?"
_ALL = "SELECT seq, run, id, kind, at, actor, payload, chain FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
_LATEST = "SELECT coalesce(max(seq), 0) FROM events"
_TOKEN_EVENTS = "SELECT id, kind, at, actor, payload, chain FROM token_events WHERE id > ? ORDER BY id"
_TOKEN_CHAIN = "SELECT chain FROM token_events WHERE id = ?"
_TOKEN_HEAD = "SELECT id, chain FROM token_head"


def load(connection: apsw.Connection, name: str) -> Run | None:
    """The run that its events add up to, every one of them checked, and its row in the list too.

    Raises:
        Damaged: what is stored is not what was written.
    """
    with _intact(name), sql.snapshot(connection):
        row = sql.row(connection, _RUN, (name,))
        run, last = None, NOTHING
        while links := _links(connection, name, last.version, PAGE):
            run, last = chain.grown(name, run, links, last)
    if row is None:
        if run is not None:
            raise chain.damaged(name, "it has events, but is not among the runs")
        return None
    run = chain.whole(name, run, last, Head(row[1], row[2]))
    if Summary.of(run) != summary(row):
        raise chain.damaged(name, "its row in the list is not what its events add up to")
    return run


def recorded(connection: apsw.Connection, name: str, after: int, limit: int) -> list[Recorded]:
    """The run's events above `after`, linked to the one that has this id.

    Raises:
        Damaged: what is stored is not what was written.
    """
    with _intact(name), sql.snapshot(connection):
        previous = sql.row(connection, _CHAIN, (name, after))
        links = _links(connection, name, after, limit)
    if previous is None and after > 0:
        return []
    head = Head(after, chain.START if previous is None else previous[0])
    return [each for each, _ in chain.read(name, links, head)]


def _links(connection: apsw.Connection, name: str, after: int, limit: int) -> list[Link]:
    return [Link(Row(*row), fingerprint) for *row, fingerprint in sql.rows(connection, _EVENTS, (name, after, limit))]


@contextmanager
def _intact(name: str) -> Generator[None, None, None]:
    """Pages that SQLite itself finds damaged are damage to the run that they are read for."""
    try:
        yield
    except (apsw.CorruptError, UnicodeDecodeError) as error:
        raise chain.damaged(name, f"what is stored can't be read: {error}") from error


def token_events(connection: apsw.Connection, after: int) -> list[TokenRecorded]:
    """The events of tokens above `after`, linked to the one that has this id.

    Raises:
        Damaged: what is stored is not what was written.
    """
    try:
        with sql.snapshot(connection):
            previous = sql.row(connection, _TOKEN_CHAIN, (after,))
            rows = sql.rows(connection, _TOKEN_EVENTS, (after,))
            head = sql.row(connection, _TOKEN_HEAD)
    except (apsw.CorruptError, UnicodeDecodeError) as error:
        raise tokens.torn(f"what is stored can't be read: {error}") from error
    links = [Link(Row(*row), fingerprint) for *row, fingerprint in rows]
    return tokens.read(links, Head(after, chain.START if previous is None else previous[0]), head)


def since(connection: apsw.Connection, life: str, cursor: str, limit: int) -> list[Placed]:
    """Events of all runs after `cursor`. They are advisory: damage shows when their run is loaded."""
    (after,) = cursors.read(life, cursor, 1)
    if after > sql.number(connection, _LATEST):
        raise cursors.refused(cursor)
    rows = sql.rows(connection, _ALL, (after, limit))
    return [
        Placed(cursors.written(life, seq), run, chain.recorded(run, Row(id_, kind, at, actor, payload)))
        for seq, run, id_, kind, at, actor, payload, _ in rows
    ]


def latest(connection: apsw.Connection, life: str) -> str:
    return cursors.written(life, sql.number(connection, _LATEST))


def listed(connection: apsw.Connection, wanted: Filter) -> Page:
    """A page of the list, newest first: one index walked from the cursor on, whatever the number of runs."""
    query, arguments = _query(wanted)
    rows = sql.rows(connection, query, (*arguments, wanted.limit + 1))
    shown = [summary(row[1:]) for row in rows[: wanted.limit]]
    return Page(
        [each for each in shown if _has(each, wanted)],
        cursors.written(cursors.LIST, rows[wanted.limit - 1][0]) if len(rows) > wanted.limit else None,
    )


def _query(wanted: Filter) -> tuple[str, list[Any]]:
    """Labels first, in the order of runs: the planner, left alone, may look at every run for a rare one."""
    tables, conditions, arguments = list[str](), list[str](), list[Any]()
    archived = wanted.state == "archived"
    for i, (name, value) in enumerate((wanted.labels or {}).items()):
        tables.append(f"run_labels AS l{i}")
        link = f"l{i}.run = l0.run" if i else "l0.run = runs.ordinal"
        conditions.append(f"l{i}.name = ? AND l{i}.value = ? AND l{i}.archived = ? AND {link}")
        arguments += [name, value, archived]
    order = "l0.run" if tables else "runs.ordinal"
    if wanted.state is None:
        conditions.append("runs.state <> 'archived'")
    else:
        conditions.append("runs.state = ?")
        arguments.append(wanted.state)
    if wanted.after is not None:
        conditions.append(f"{order} < ?")
        arguments += cursors.read(cursors.LIST, wanted.after, 1)
    if wanted.names != EVERY:
        conditions.append(f"({' OR '.join(['runs.name GLOB ?'] * len(wanted.names))})")
        arguments += wanted.names
    source, where = " CROSS JOIN ".join([*tables, "runs"]), " AND ".join(conditions)
    return f"SELECT ordinal, {COLUMNS} FROM {source} WHERE {where} ORDER BY {order} DESC LIMIT ?", arguments


def _has(shown: Summary, wanted: Filter) -> bool:
    """Whether it has the labels that led to it: the index of labels is not what tells."""
    return shown.state == "damaged" or (wanted.labels or {}).items() <= shown.labels.items()
