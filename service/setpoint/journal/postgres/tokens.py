"""Events of tokens in the database: written one transaction at a time, and read with all that they follow from."""

from collections.abc import Sequence

import asyncpg

from setpoint.access.event import TokenRecorded
from setpoint.coordination.ports import Overtaken
from setpoint.journal import tokens
from setpoint.journal.chain import START, Head, Link, Row

# Whoever writes next waits here. In another life of the store nothing is found: the writer looks who that is.
_HEAD_TO_MOVE = """
SELECT h.id, h.chain FROM setpoint.token_head h, setpoint.meta m WHERE m.incarnation = $1 FOR UPDATE OF h
"""
_MOVE_HEAD = "UPDATE setpoint.token_head SET id = $1, chain = $2"
_WRITE = """
INSERT INTO setpoint.token_events (id, kind, at, actor, payload, chain)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[])
"""
# One statement sees one state of the database.
_READ = """
SELECT h.id AS last, h.chain AS last_chain, p.chain AS previous, e.id, e.kind, e.at, e.actor, e.payload, e.chain
FROM (SELECT 1) AS one
LEFT JOIN setpoint.token_head h ON true
LEFT JOIN setpoint.token_events p ON p.id = $1
LEFT JOIN setpoint.token_events e ON e.id > $1
ORDER BY e.id
"""


async def write(connection: asyncpg.Connection, incarnation: int, rows: Sequence[Row]) -> None:
    """Write `rows`, within a transaction that the caller ends.

    Raises:
        Overtaken: they do not follow the last event that is there.
    """
    head = await connection.fetchrow(_HEAD_TO_MOVE, incarnation)
    if head is None or rows[0].id != head["id"] + 1:
        raise Overtaken(f"the tokens are not at event {rows[0].id - 1} any more")
    links = tokens.links(head["chain"], rows)
    written = [(*link.row, link.chain) for link in links]
    await connection.execute(_WRITE, *([row[i] for row in written] for i in range(6)))
    await connection.execute(_MOVE_HEAD, links[-1].row.id, links[-1].chain)


async def read(connection: asyncpg.Connection, after: int) -> list[TokenRecorded]:
    """The events above `after`, linked to the one that has this id.

    Raises:
        Damaged: what is stored is not what was written.
    """
    found = await connection.fetch(_READ, after)
    first = found[0]
    head = None if first["last"] is None else (first["last"], first["last_chain"])
    links = [Link(Row(*list(row)[3:8]), row["chain"]) for row in found if row["id"] is not None]
    return tokens.read(links, Head(after, first["previous"] or START), head)
