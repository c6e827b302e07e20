"""The tables, and how older ones become these: one step a version, counted in `user_version`."""

import apsw

from setpoint.journal.sqlite import meta, sql
from setpoint.journal.unusable import StoreUnusable

APPLICATION_ID = 0x53657470
"""`Setp`: that the file is one of ours."""

_FIRST = """
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    chain BLOB NOT NULL,
    state TEXT NOT NULL,
    labels TEXT NOT NULL,
    unit TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    position INTEGER NOT NULL,
    frontier INTEGER NOT NULL,
    plan_version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE INDEX runs_by_state ON runs (state);
CREATE INDEX runs_shown ON runs (ordinal) WHERE state <> 'archived';

CREATE TABLE run_labels (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    archived INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES runs (ordinal),
    PRIMARY KEY (name, value, archived, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_labels_by_run ON run_labels (run);

CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    payload BLOB NOT NULL,
    chain BLOB NOT NULL,
    UNIQUE (run, id)
) STRICT;

CREATE TABLE token_events (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    payload BLOB NOT NULL,
    chain BLOB NOT NULL
) STRICT;

CREATE TABLE token_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id INTEGER NOT NULL,
    chain BLOB NOT NULL
) STRICT;

INSERT INTO token_head (one, id, chain) VALUES (1, 0, zeroblob(32));
"""

MIGRATIONS = (_FIRST,)
"""The step from version i to i + 1 at place i. What has been released is never edited, only added to."""


def migrate(connection: apsw.Connection) -> int:
    """Bring the tables to this version, all steps in one transaction; how many had been taken before.

    Raises:
        StoreUnusable: the file is no store of ours, or was written by a later version.
    """
    if sql.number(connection, "SELECT EXISTS (SELECT 1 FROM sqlite_schema)") == 1:
        recognised(connection)
    version = _number(connection, "user_version")
    if version == len(MIGRATIONS):
        return version
    with connection:
        for step in MIGRATIONS[version:]:
            sql.do(connection, step)
        if version == 0:
            meta.put(connection, "incarnation", "1")
        sql.do(connection, f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {len(MIGRATIONS)}")
    return version


def recognised(connection: apsw.Connection) -> None:
    """Nothing, for a store of ours.

    Raises:
        StoreUnusable: the file is none, or was written by a later version.
    """
    if _number(connection, "application_id") != APPLICATION_ID:
        raise StoreUnusable(f"{connection.filename} is a database of something else")
    if _number(connection, "user_version") > len(MIGRATIONS):
        raise StoreUnusable(f"{connection.filename} was written by a later version of Setpoint: install that")


def current(connection: apsw.Connection) -> None:
    """Nothing, for a store whose tables are those of this version.

    Raises:
        StoreUnusable: they are older.
    """
    if _number(connection, "user_version") < len(MIGRATIONS):
        raise StoreUnusable(f"{connection.filename} is of an earlier version: start this one's service on it once")


def _number(connection: apsw.Connection, pragma: str) -> int:
    found = sql.pragma(connection, pragma)
    assert isinstance(found, int)
    return found
