"""The statements of one transaction: many entries, each of which is written or passed over on its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
import orjson

from setpoint.coordination.ports import Entry, Overtaken, Summary
from setpoint.journal.chain import NOTHING, Head, Row, linked
from setpoint.journal.postgres.known import Known
from setpoint.runs.state import Run

CHANNEL = "setpoint"
TOLD_AT_ONCE = 50
"""Runs of one notification: it holds 8,000 bytes, and a run's name 128. Each costs all who listen."""

# Rows are locked in the order of their numbers, so that two groups wait for each other in one direction only.
# A run's row is found by what its last event was, not by its number alone: in another life of the store that number
# may belong to another event.
_WRITE = f"""
WITH wanted AS (
    SELECT * FROM unnest(
        $1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[], $6::text[], $7::text[], $8::text[],
        $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[]
    ) WITH ORDINALITY AS w (
        name, expected, link, version, chain, state, labels, unit, attempt, position, frontier, plan_version,
        created_at, place
    ) WHERE (SELECT incarnation FROM setpoint.meta) = $14
), held AS (
    SELECT r.ordinal, r.name FROM setpoint.runs r JOIN wanted w ON w.name = r.name
    WHERE w.expected > 0 AND r.version = w.expected AND r.chain = w.link
    ORDER BY r.ordinal FOR UPDATE OF r
), moved AS (
    UPDATE setpoint.runs r SET version = w.version, chain = w.chain, state = w.state, labels = w.labels::jsonb,
        attempt = w.attempt, position = w.position, frontier = w.frontier, plan_version = w.plan_version
    FROM held h JOIN wanted w ON w.name = h.name WHERE r.ordinal = h.ordinal
    RETURNING r.name, r.version
), made AS (
    INSERT INTO setpoint.runs
        (name, version, chain, state, labels, unit, attempt, position, frontier, plan_version, created_at)
    SELECT name, version, chain, state, labels::jsonb, unit, attempt, position, frontier, plan_version, created_at
    FROM wanted WHERE expected = 0 ORDER BY place
    ON CONFLICT (name) DO NOTHING
    RETURNING name, version
), done AS (
    SELECT name, version FROM moved UNION ALL SELECT name, version FROM made
), written AS (
    INSERT INTO setpoint.events (run, id, kind, at, actor, payload, chain)
    SELECT e.run, e.id, e.kind, e.at, e.actor, e.payload, e.chain
    FROM unnest($15::text[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::bytea[], $21::bytea[])
        WITH ORDINALITY AS e (run, id, kind, at, actor, payload, chain, place)
    WHERE e.run IN (SELECT name FROM done) ORDER BY e.place
)
SELECT array_agg(name), pg_notify('{CHANNEL}', string_agg(version || ' ' || name, E'\n'))
FROM (SELECT name, version, (row_number() OVER () - 1) / {TOLD_AT_ONCE} AS part FROM done) AS each GROUP BY part
"""

_CONFIRM = """
SELECT c.name FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS c (name, version, chain)
LEFT JOIN setpoint.runs r ON r.name = c.name
WHERE (SELECT incarnation FROM setpoint.meta) = $4
    AND coalesce(r.version, 0) = c.version AND (r.chain IS NULL OR r.chain = c.chain)
"""

WAIT_FOR_STANDBYS = "SELECT pg_logical_emit_message(true, 'setpoint', '')"
"""What makes a transaction that only reads wait, at its commit, until standbys have all that came before it."""


@dataclass(slots=True)
class _Place:
    """Where a run stands within the group: what was known of it, what was added, and whether an entry did not fit."""

    before: Head
    head: Head
    run: Run | None
    lost: bool
    grown: bool = False
    asked: bool = False


@dataclass(slots=True)
class Batch:
    """The entries of one transaction. A run's own row is written once, whatever the number of its entries."""

    known: Known
    places: dict[str, _Place] = field(default_factory=dict[str, _Place])
    rows: list[Sequence[object]] = field(default_factory=list[Sequence[object]])

    def add(self, entry: Entry, rows: tuple[Row, ...]) -> None:
        """Take the events of `entry` in, if it was decided on what is known here.

        Raises:
            Overtaken: it was not, and neither is anything that comes after it.
        """
        name = entry.run.name
        place = self._place(name)
        if place.lost or place.head.version != entry.expected:
            place.lost = True
            raise Overtaken(f"{name} is not at event {entry.expected} any more", run=name)
        head = place.head
        for row in rows:
            head = Head(row.id, linked(name, head.chain, row))
            self.rows.append((name, *row, head.chain))
        place.head, place.run, place.grown = head, entry.run, True

    def confirm(self, name: str, version: int) -> None:
        """The run must still be at `version`, with all that was added before.

        Raises:
            Overtaken: it is not.
        """
        place = self._place(name)
        if place.lost or place.head.version != version:
            raise Overtaken(f"{name} is not at event {version} any more", run=name)
        place.asked = True

    def _place(self, name: str) -> _Place:
        place = self.places.get(name)
        if place is None:
            seen = self.known.get(name)
            head, run = (NOTHING, None) if seen is None else (seen.head, seen.run)
            place = self.places[name] = _Place(head, head, run, seen is not None and seen.lost)
        return place

    @property
    def writes(self) -> bool:
        return bool(self.rows)

    @property
    def asks(self) -> bool:
        """Whether somebody wants to know that a run is as it was, which nothing is added to."""
        return any(place.asked and not place.grown for place in self.places.values())

    async def write(self, connection: asyncpg.Connection, incarnation: int) -> set[str]:
        """Write the runs that are in the database as they are known here; the names of those."""
        wanted = [_wanted(place.run, place) for place in self.places.values() if place.grown and place.run is not None]
        done = await connection.fetch(_WRITE, *_columns(wanted, 13), incarnation, *_columns(self.rows, 7))
        return {name for names, _ in done for name in names}

    async def confirmed(self, connection: asyncpg.Connection, incarnation: int) -> set[str]:
        """Those of the runs that nothing was added to which are in the database as they are known here."""
        places = self.places.items()
        asked = [(name, *_head(place)) for name, place in places if place.asked and not place.grown]
        if not asked:
            return set()
        return {row[0] for row in await connection.fetch(_CONFIRM, *_columns(asked, 3), incarnation)}

    def settle(self, done: set[str]) -> None:
        """The transaction is committed: `done` is what is known now, and the others' entries are lost."""
        for name, place in self.places.items():
            if place.grown and name in done:
                self.known.put(name, place.run, place.head)
            if place.lost or (place.grown and name not in done):
                self.known.lose([name])

    def lose(self) -> None:
        """It is not committed, or nobody knows."""
        self.known.lose(name for name, place in self.places.items() if place.grown or place.lost)


def _head(place: _Place) -> tuple[int, bytes]:
    return place.head.version, place.head.chain


def _wanted(run: Run, place: _Place) -> Sequence[object]:
    shown, before, head = Summary.of(run), place.before, place.head
    labels = written_labels(shown.labels)
    progress = (shown.attempt, shown.position, shown.frontier, shown.plan_version)
    heads = (before.version, before.chain, head.version, head.chain)
    return (run.name, *heads, shown.state, labels, shown.unit, *progress, shown.created_at)


def written_labels(labels: Mapping[str, str]) -> str:
    """Labels for a `jsonb`, each value as JSON once more: what it holds can't have a NUL in it."""
    return orjson.dumps({name: orjson.dumps(value).decode() for name, value in labels.items()}).decode()


def _columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    """Rows as the arrays that `unnest` makes rows of."""
    return [[row[i] for row in rows] for i in range(width)]
