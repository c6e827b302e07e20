"""Which server this is, what an acknowledged write survives there, and whether writes may have been lost since."""

from dataclasses import dataclass

import asyncpg

FAILOVER, POWER_LOSS, PROCESS_CRASH = "failover", "power-loss", "process-crash"
"""What an acknowledged write survives, from the most to the least.

failover: a standby had it too before it was acknowledged. power-loss: the server had synced it. process-crash: the
server had it in memory.
"""

_SERVER = """
SELECT (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
    ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline,
    current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('synchronous_standby_names') AS standbys
"""
_META = "SELECT store, incarnation, system_identifier, timeline, level FROM setpoint.meta"
_ANOTHER_LIFE = "UPDATE setpoint.meta SET incarnation = incarnation + 1, store = gen_random_uuid()::text"
_HERE = "UPDATE setpoint.meta SET system_identifier = $1, timeline = $2, level = $3"
_FROM_ELSEWHERE = "UPDATE setpoint.events SET xid = '3' WHERE xid <> '3'"
"""Transactions count anew on another server: its numbers would hide these events, or put them after later ones."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who answers: a copy of a database goes on under another timeline or system identifier."""

    system_identifier: int
    timeline: int
    level: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The store, and which life of it this is. `store` is part of cursors: of another life they lead nowhere."""

    store: str
    incarnation: int
    level: str


def level(fsync: str, synchronous_commit: str, standbys: str) -> str:
    """What an acknowledged write survives under these settings of the server."""
    if fsync != "on" or synchronous_commit == "off":
        return PROCESS_CRASH
    return FAILOVER if standbys.strip() and synchronous_commit != "local" else POWER_LOSS


async def server(connection: asyncpg.Connection) -> Server:
    row = await connection.fetchrow(_SERVER)
    assert row is not None
    told = level(row["fsync"], row["synchronous_commit"], row["standbys"])
    return Server(row["system_identifier"], row["timeline"], told)


async def recognised(connection: asyncpg.Connection) -> Identity:
    """What the store is now. Whoever first comes to a changed server writes down what that means.

    A standby that took over under synchronous replication has all that was acknowledged. Under asynchronous
    replication it may lack some, and so may any copy that became a server of its own: that is another life of the
    store, and runs of the one before seal nothing until a new attempt is opened.
    """
    async with connection.transaction():
        now = await server(connection)
        row = await connection.fetchrow(f"{_META} FOR UPDATE")
        assert row is not None
        then = Server(row["system_identifier"], row["timeline"], row["level"])
        if then.system_identifier != 0:
            await _compared(connection, then, now)
        if then != now:
            await connection.execute(_HERE, now.system_identifier, now.timeline, now.level)
        row = await connection.fetchrow(_META)
        assert row is not None
    return Identity(row["store"], row["incarnation"], now.level)


async def is_still(connection: asyncpg.Connection, known: Identity) -> bool:
    """Whether the server and the store are what they were when this was `recognised`."""
    now = await server(connection)
    row = await connection.fetchrow(_META)
    assert row is not None
    written = Server(row["system_identifier"], row["timeline"], row["level"])
    return written == now and (row["incarnation"], now.level) == (known.incarnation, known.level)


async def _compared(connection: asyncpg.Connection, then: Server, now: Server) -> None:
    elsewhere = then.system_identifier != now.system_identifier
    if elsewhere:
        await connection.execute(_FROM_ELSEWHERE)
    if elsewhere or (then.timeline != now.timeline and then.level != FAILOVER):
        await connection.execute(_ANOTHER_LIFE)
