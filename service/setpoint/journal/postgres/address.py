"""Where the database is, and how a connection to it is made."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from setpoint.journal.unusable import StoreUnusable

CONNECT_SECONDS = 5.0
STATEMENTS = 100
"""Prepared on a connection, unless the address says `statement_cache_size=0`."""
_CACHE = "statement_cache_size"


@dataclass(frozen=True, slots=True)
class Address:
    """A `postgresql://` URL: several hosts with commas between, of which the one that takes writes is used.

    statements: how many a connection keeps prepared. None for a pooler that hands every transaction to another
    connection: then each statement is sent whole, within a transaction.
    """

    url: str = field(repr=False)
    statements: int = STATEMENTS

    @property
    def hosts(self) -> str:
        """The hosts, without what is secret, to be shown."""
        return urlsplit(self.url).netloc.rpartition("@")[2] or "this machine"

    async def connect(self) -> asyncpg.Connection:
        """A connection to the primary: the others lag."""
        return await asyncpg.connect(
            self.url,
            timeout=CONNECT_SECONDS,
            statement_cache_size=self.statements,
            target_session_attrs=SessionAttribute.read_write,
        )


def parsed(url: str) -> Address:
    """The address that `url` is. What asyncpg knows of parameters it knows; `statement_cache_size` is ours.

    Raises:
        StoreUnusable: it can't be read.
    """
    try:
        parts = urlsplit(url)
        parameters = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        statements = int(parameters.pop(_CACHE, STATEMENTS))
    except ValueError as error:
        raise StoreUnusable(f"the database's URL can't be read: {error}") from error
    parameters.pop("target_session_attrs", None)  # always read-write
    return Address(urlunsplit(parts._replace(query=urlencode(parameters))), statements)
