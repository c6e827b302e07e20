"""The statements of one transaction: the entries of a group, each written or passed over on its own."""

from dataclasses import dataclass

import apsw
import orjson

from setpoint.coordination.ports import Entry, Overtaken, Summary
from setpoint.journal import tokens
from setpoint.journal.chain import NOTHING, Head, Row, damaged, linked
from setpoint.journal.sqlite import labels, sql, summary
from setpoint.runs.event import Created, Labelled, StateChanged
from setpoint.runs.state import Run

_HEAD = "SELECT version, chain FROM runs WHERE name = ?"
_ORPHANS = "SELECT 1 FROM events WHERE run = ? LIMIT 1"
_EVENTS = "events (run, id, kind, at, actor, payload, chain)"
_CREATE = """
INSERT INTO runs (name, version, chain, state, labels, unit, attempt, position, frontier, plan_version, created_at,
    digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ordinal
"""
_UPDATE = """
UPDATE runs SET version = ?, chain = ?, state = ?, labels = ?, attempt = ?, position = ?, frontier = ?,
    plan_version = ?, digest = ?
WHERE name = ? AND version = ? RETURNING ordinal
"""
_TOKEN_HEAD = "SELECT id, chain FROM token_head"
_TOKEN_EVENTS = "token_events (id, kind, at, actor, payload, chain)"
_MOVE_TOKEN_HEAD = "UPDATE token_head SET id = ?, chain = ?"


@dataclass(slots=True)
class _Place:
    """Where a run stands within the group: what the table says, what was added, and the state after that."""

    before: Head
    head: Head
    run: Run | None = None
    relabelled: bool = False


class Group:
    """The entries of one transaction. A run's own row is written once, whatever the number of its entries."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._places: dict[str, _Place] = {}
        self._rows: list[sql.Values] = []

    def add(self, entry: Entry, rows: tuple[Row, ...]) -> None:
        """Take the events of `entry` in, if the run stands where it expects it to.

        Raises:
            Overtaken: it does not, and nothing is written.
        """
        name = entry.run.name
        place = self._places.get(name) or self._found(name)
        if place.head.version != entry.expected:
            raise Overtaken(f"{name} is at event {place.head.version}, not {entry.expected}", run=name)
        head = place.head
        for row in rows:
            head = Head(row.id, linked(name, head.chain, row))
            self._rows.append((name, *row, head.chain))
        place.head, place.run = head, entry.run
        place.relabelled |= any(isinstance(each.event, (Created, Labelled, StateChanged)) for each in entry.recorded)

    def _found(self, name: str) -> _Place:
        row = sql.row(self._connection, _HEAD, (name,))
        if row is None and sql.row(self._connection, _ORPHANS, (name,)) is not None:
            raise damaged(name, "it has events, but is not among the runs")
        head = NOTHING if row is None else Head(*row)
        self._places[name] = place = _Place(head, head)
        return place

    def add_tokens(self, rows: tuple[Row, ...]) -> None:
        """Write these events of tokens, if they follow the last one.

        Raises:
            Overtaken: they do not, and nothing is written.
        """
        head = sql.row(self._connection, _TOKEN_HEAD)
        if head is None:
            raise tokens.torn("it is not said where their events end")
        if rows[0].id != head[0] + 1:
            raise Overtaken(f"the tokens are at event {head[0]}, not {rows[0].id - 1}")
        links = tokens.links(head[1], rows)
        sql.insert(self._connection, _TOKEN_EVENTS, [(*link.row, link.chain) for link in links])
        sql.do(self._connection, _MOVE_TOKEN_HEAD, (links[-1].row.id, links[-1].chain))

    def finish(self) -> None:
        """Write the events, in the order of the entries, and the runs' own rows."""
        sql.insert(self._connection, _EVENTS, self._rows)
        for place in self._places.values():
            if place.run is not None:
                ordinal = self._written(place, place.run)
                if place.relabelled:
                    archived = place.run.state == "archived"
                    labels.write(self._connection, ordinal, place.run.labels, archived=archived)

    def _written(self, place: _Place, run: Run) -> int:
        shown, head = Summary.of(run), place.head
        progress = (shown.attempt, shown.position, shown.frontier, shown.plan_version)
        state = (head.version, head.chain, shown.state, orjson.dumps(dict(shown.labels)).decode())
        row = (run.name, *state, shown.unit, *progress, shown.created_at)
        digest = summary.digest(*row)
        if place.before == NOTHING:
            return sql.number(self._connection, _CREATE, (*row, digest))
        found = sql.row(self._connection, _UPDATE, (*state, *progress, digest, run.name, place.before.version))
        if found is None:
            raise Overtaken(f"{run.name} was written by somebody else within this transaction", run=run.name)
        return int(found[0])
