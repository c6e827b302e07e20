"""The tables, in steps: each database is brought to the last one by whoever starts first."""

import asyncpg

from setpoint.journal.unusable import StoreUnusable

OLDEST_SERVER = 130000
"""`server_version_num` of the first with 64-bit transaction ids."""
NOT_YET_ON_STANDBYS = "SET LOCAL synchronous_commit TO local"
"""For what no answer stands on: once one does, this is on the standbys too. A start need not wait for those."""
_LOCK = 0x5E79017
"""Of the advisory lock that is held while the tables are changed."""

_FIRST = """
CREATE TABLE setpoint.meta (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    steps integer NOT NULL,
    store text NOT NULL DEFAULT gen_random_uuid()::text,
    system_identifier bigint NOT NULL,
    timeline integer NOT NULL,
    level text NOT NULL,
    incarnation integer NOT NULL DEFAULT 1,
    copying boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE setpoint.runs (
    ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    version bigint NOT NULL,
    chain bytea NOT NULL,
    state text NOT NULL,
    labels jsonb NOT NULL,
    unit text NOT NULL,
    attempt bigint NOT NULL,
    position bigint NOT NULL,
    frontier bigint NOT NULL,
    plan_version bigint NOT NULL,
    created_at text NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX runs_by_state ON setpoint.runs (state, ordinal);
CREATE INDEX runs_shown ON setpoint.runs (ordinal) WHERE state <> 'archived';
CREATE INDEX runs_by_label ON setpoint.runs USING gin (labels jsonb_path_ops);

CREATE TABLE setpoint.events (
    run text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    at text NOT NULL,
    actor text NOT NULL,
    payload bytea NOT NULL,
    chain bytea NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (run, id)
);
CREATE INDEX events_in_order ON setpoint.events (xid, seq);

CREATE TABLE setpoint.token_events (
    id bigint PRIMARY KEY,
    kind text NOT NULL,
    at text NOT NULL,
    actor text NOT NULL,
    payload bytea NOT NULL,
    chain bytea NOT NULL
);

-- Unlogged, with a sequence that is not: after a crash the rows are gone, and their numbers go on.
CREATE SEQUENCE setpoint.beat_numbers;
CREATE UNLOGGED TABLE setpoint.beats (
    number bigint PRIMARY KEY DEFAULT nextval('setpoint.beat_numbers'),
    process text NOT NULL,
    runs text[] NOT NULL,
    workers text[] NOT NULL
);

CREATE TABLE setpoint.token_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id bigint NOT NULL,
    chain bytea NOT NULL
);
INSERT INTO setpoint.token_head (id, chain) VALUES (0, decode(repeat('00', 32), 'hex'));
"""

MIGRATIONS = (_FIRST,)
"""The step from i to i + 1 at place i. What has been released is never edited, only added to."""


async def migrate(connection: asyncpg.Connection) -> int:
    """Bring the tables to this version, all steps in one transaction, while others who want to wait.

    How many steps had been taken before.

    Raises:
        StoreUnusable: the server is too old, or the tables were made by a later version.
    """
    number = await connection.fetchval("SELECT current_setting('server_version_num')::int")
    if number < OLDEST_SERVER:
        raise StoreUnusable(f"PostgreSQL {number // 10000} is too old: 13 is the first that will do")
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        steps = await _steps(connection)
        if steps > len(MIGRATIONS):
            raise StoreUnusable("the database was written by a later version of Setpoint: install that")
        if steps < len(MIGRATIONS):
            await connection.execute(NOT_YET_ON_STANDBYS)
            await _take(connection, steps)
    return steps


async def present(connection: asyncpg.Connection) -> None:
    """Nothing, where there are tables of ours.

    Raises:
        StoreUnusable: there are none.
    """
    if await _steps(connection) == 0:
        raise StoreUnusable("there is no store in the database: look at its URL again")


async def current(connection: asyncpg.Connection) -> None:
    """Nothing, where the tables are those of this version.

    Raises:
        StoreUnusable: there are none, or of another version.
    """
    steps = await _steps(connection)
    if steps != len(MIGRATIONS):
        told = "there is no store in the database" if steps == 0 else "the database is of another version of Setpoint"
        raise StoreUnusable(f"{told}: start this one's service on it once")


async def _steps(connection: asyncpg.Connection) -> int:
    if await connection.fetchval("SELECT to_regclass('setpoint.meta') IS NULL"):
        return 0
    return int(await connection.fetchval("SELECT steps FROM setpoint.meta"))


async def _take(connection: asyncpg.Connection, steps: int) -> None:
    if steps == 0:
        await connection.execute("CREATE SCHEMA IF NOT EXISTS setpoint")
    for step in MIGRATIONS[steps:]:
        await connection.execute(step)
    if steps == 0:
        # 0: of no server yet. It is filled in when the server is recognised.
        first = "INSERT INTO setpoint.meta (steps, system_identifier, timeline, level) VALUES ($1, 0, 0, '')"
        await connection.execute(first, len(MIGRATIONS))
    else:
        await connection.execute("UPDATE setpoint.meta SET steps = $1", len(MIGRATIONS))
