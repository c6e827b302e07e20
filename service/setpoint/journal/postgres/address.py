"""Where the database is, and how a connection to it is made."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from setpoint.journal.unusable import StoreUnusable

CONNECT_SECONDS = 5.0
LATER_SECONDS = 0.5
"""How long the other hosts are waited for once one takes writes: two may, and the older one's writes are lost."""
STATEMENTS = 100
"""Prepared on a connection, where no pooler hands each transaction to another one."""
_CACHE = "statement_cache_size"
_TIMELINE = "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int"


@dataclass(frozen=True, slots=True)
class Address:
    """A `postgresql://` URL: several hosts with commas between, of which the one that takes writes is used.

    statements: how many a connection keeps prepared; None where that is still to be found out. 0 for a pooler that
    hands every transaction to another connection: then each statement is sent whole.
    """

    url: str = field(repr=False)
    statements: int | None = None

    @property
    def hosts(self) -> str:
        """The hosts, without what is secret, to be shown."""
        return urlsplit(self.url).netloc.rpartition("@")[2] or "this machine"

    async def connect(self) -> asyncpg.Connection:
        """A connection to the primary: the others lag. Of two that take writes, to the one that was promoted last."""
        urls = _each(self.url)
        return await (self._to(urls[0]) if len(urls) == 1 else self._newest(urls))

    async def _to(self, url: str) -> asyncpg.Connection:
        return await asyncpg.connect(
            url,
            timeout=CONNECT_SECONDS,
            statement_cache_size=self.statements or 0,
            target_session_attrs=SessionAttribute.read_write,
        )

    async def _newest(self, urls: Iterable[str]) -> asyncpg.Connection:
        tries = [asyncio.create_task(self._on_its_timeline(url)) for url in urls]
        try:
            await _one_and_those_near(tries)
            found = sorted((each.result() for each in tries if _is_there(each)), key=lambda pair: pair[0])
        finally:
            left = [each for each in tries if not each.done()]
            for each in left:
                each.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        if not found:
            raise next(error for each in tries if (error := each.exception()) is not None)
        for _, connection in found[:-1]:
            connection.terminate()
        return found[-1][1]

    async def _on_its_timeline(self, url: str) -> tuple[int, asyncpg.Connection]:
        connection = await self._to(url)
        try:
            return int(await connection.fetchval(_TIMELINE)), connection
        except BaseException:
            connection.terminate()
            raise


async def _one_and_those_near(tries: "list[asyncio.Task[tuple[int, asyncpg.Connection]]]") -> None:
    """Once one has succeeded and the others had a moment for it, or all have failed."""
    pending = set(tries)
    while pending and not any(_is_there(each) for each in tries):
        _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    if pending:
        await asyncio.wait(pending, timeout=LATER_SECONDS)


def _is_there(each: "asyncio.Task[tuple[int, asyncpg.Connection]]") -> bool:
    return each.done() and not each.cancelled() and each.exception() is None


def _each(url: str) -> list[str]:
    """A URL for every host. What asyncpg reads from parameters (`?host=`) stays its own affair."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return [urlunsplit(parts._replace(netloc=user + at + host)) for host in hosts.split(",")]


async def found_out(address: Address, connection: asyncpg.Connection) -> Address:
    """`address`, with what `connection` to it tells: a pooler calls its connections by numbers of its own."""
    if address.statements is not None:
        return address
    pooled = await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid()
    return replace(address, statements=0 if pooled else STATEMENTS)


def parsed(url: str) -> Address:
    """The address that `url` is. What asyncpg knows of parameters it knows; `statement_cache_size` is ours.

    Raises:
        StoreUnusable: it can't be read.
    """
    try:
        parts = urlsplit(url)
        parameters = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        statements = int(parameters.pop(_CACHE)) if _CACHE in parameters else None
    except ValueError as error:
        raise StoreUnusable(f"the database's URL can't be read: {error}") from error
    parameters.pop("target_session_attrs", None)  # always read-write
    return Address(urlunsplit(parts._replace(query=urlencode(parameters))), statements)
