"""Which server this is, what an acknowledged write survives there, and whether writes may have been lost since."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

from setpoint.errors import Unavailable
from setpoint.journal.postgres.schema import NOT_YET_ON_STANDBYS

FAILOVER, POWER_LOSS, PROCESS_CRASH = "failover", "power-loss", "process-crash"
"""What an acknowledged write survives, from the most to the least.

failover: a standby had it too before it was acknowledged. power-loss: the server had synced it. process-crash: the
server had it in memory.
"""

_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names")
_SERVER = f"""
SELECT (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
    ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline,
    {", ".join(f"current_setting('{name}') AS {name}" for name in _SETTINGS)}
"""
_META = "SELECT store, incarnation, system_identifier, timeline, level FROM setpoint.meta"
_ANOTHER_LIFE = """
UPDATE setpoint.meta SET incarnation = incarnation + 1, store = gen_random_uuid()::text RETURNING incarnation
"""
_HERE = "UPDATE setpoint.meta SET system_identifier = $1, timeline = $2, level = $3"
_FROM_ELSEWHERE = "UPDATE setpoint.events SET xid = '3' WHERE xid <> '3'"
"""Transactions count anew on another server: its numbers would hide these events, or put them after later ones."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who answers: a copy of a database goes on under another timeline or system identifier."""

    system_identifier: int
    timeline: int
    level: str
    settings: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)
    """What the level follows from."""

    def precedes(self, other: "Server") -> bool:
        """Whether `other` took over from this one, so that what is still written here is of no account."""
        return self.system_identifier == other.system_identifier and self.timeline < other.timeline

    def superseded(self) -> Unavailable:
        """What is said of it once another took over. What it writes is lost when it comes back as a standby."""
        return Unavailable(f"the server is an old primary, of timeline {self.timeline}")

    def may_have_lost_to(self, other: "Server") -> bool:
        """Whether `other`, which goes on in place of this one, may lack what was acknowledged here."""
        if self.system_identifier == 0:  # of no server yet
            return False
        return self.system_identifier != other.system_identifier or (
            self.timeline != other.timeline and self.level != FAILOVER
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """The store, and which life of it this is. `store` is part of cursors: of another life they lead nowhere."""

    store: str
    incarnation: int
    server: Server

    @property
    def level(self) -> str:
        return self.server.level

    @property
    def life(self) -> str:
        """What ids of events carry: nothing in the first life."""
        return "" if self.incarnation == 1 else self.store[:8]


def level(settings: Mapping[str, str]) -> str:
    """What an acknowledged write survives under these settings of the server."""
    commit, standbys = settings["synchronous_commit"], settings["synchronous_standby_names"].strip()
    if settings["fsync"] != "on" or settings["full_page_writes"] != "on" or commit == "off":
        return PROCESS_CRASH
    return FAILOVER if standbys and commit != "local" else POWER_LOSS


def told(server: Server) -> str:
    """The settings that the level follows from, to be read."""
    return ", ".join(f"{name} is {value or 'empty'}" for name, value in server.settings.items())


async def server(connection: asyncpg.Connection) -> Server:
    row = await connection.fetchrow(_SERVER)
    assert row is not None
    settings = {name: str(row[name]) for name in _SETTINGS}
    return Server(row["system_identifier"], row["timeline"], level(settings), settings)


async def recognised(connection: asyncpg.Connection, known: Identity | None = None) -> Identity:
    """What the store is now, to one who may have `known` it. Who first comes to a changed server writes that down.

    A standby that took over under synchronous replication has all that was acknowledged. Under asynchronous
    replication it may lack some, and so may any copy that became a server of its own: that is another life of the
    store, and runs of the one before seal nothing until a new attempt is opened.
    """
    async with connection.transaction():
        now = await server(connection)
        await connection.execute(NOT_YET_ON_STANDBYS)
        row = await connection.fetchrow(f"{_META} FOR UPDATE")
        assert row is not None
        then = _written(row)
        # What is written may itself be lost: that the settings had changed before another server took over.
        remembered = [known.server] if known is not None and known.store == row["store"] else []
        if then.system_identifier not in (0, now.system_identifier):
            await connection.execute(_FROM_ELSEWHERE)
        if any(each.may_have_lost_to(now) for each in (then, *remembered)):
            await raised(connection)
        if then != now:
            await connection.execute(_HERE, now.system_identifier, now.timeline, now.level)
        row = await connection.fetchrow(_META)
        assert row is not None
    return Identity(row["store"], row["incarnation"], now)


async def is_still(connection: asyncpg.Connection, known: Identity) -> bool:
    """Whether the server and the store are what they were when this was `recognised`."""
    now = await server(connection)
    row = await connection.fetchrow(_META)
    assert row is not None
    return _written(row) == now and (row["incarnation"], now) == (known.incarnation, known.server)


async def raised(connection: asyncpg.Connection) -> int:
    """Begin another life of the store, for what it holds may not be all that was acknowledged; its number.

    For who restores a backup. Services that run find it out within a second, and forget all that they knew; runs of the
    life before seal nothing until a new attempt is opened.
    """
    found: int = await connection.fetchval(_ANOTHER_LIFE)
    return found


def _written(row: asyncpg.Record) -> Server:
    return Server(row["system_identifier"], row["timeline"], row["level"])
