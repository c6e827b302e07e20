"""Stores by their URLs, for who works on one without a service: opened, brought to this version, copied."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from setpoint.coordination.ports import Journal
from setpoint.journal.copy import Progress, copied, verified
from setpoint.journal.sqlite import copying, schema
from setpoint.journal.sqlite.connection import Place
from setpoint.journal.sqlite.journal import opened as sqlite
from setpoint.journal.sqlite.lock import Lock
from setpoint.journal.unusable import StoreUnusable
from setpoint.settings import SQLITE, InvalidSetting

if TYPE_CHECKING:
    from setpoint.journal.postgres.address import Address

Said = Callable[[str], None]
"""Is told a line of progress while a database is waited for."""


class Told(NamedTuple):
    """Who is told how far it is."""

    waiting: Said
    copied: Progress
    verified: Progress


def migrate(url: str, waiting: Said) -> tuple[int, int]:
    """Bring the tables to this version; the steps that had been taken before, and that have been now.

    Raises:
        StoreUnusable: it can't be reached, or was written by a later version, or a service has it.
    """
    path = _path(url)
    if path is not None:
        return _sqlite_migrated(path), len(schema.MIGRATIONS)
    return _postgres_migrated(url, waiting)


def _sqlite_migrated(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Lock(path).taken()
    connection = Place(path).writer()
    try:
        return schema.migrate(connection)
    finally:
        connection.close()
        lock.release()


def _postgres_migrated(url: str, waiting: Said) -> tuple[int, int]:
    import asyncio

    address = postgres(url)
    from setpoint.journal.postgres import schema
    from setpoint.journal.postgres.start import reached

    return asyncio.run(reached(address, schema.migrate, waiting)), len(schema.MIGRATIONS)


async def copy(source: str, target: str, told: Told) -> int:
    """Copy all of one store into another, which is empty or holds the beginning of the same copy; how many events.

    Raises:
        StoreUnusable: one of them can't be used, or the target has something else in it.
        NotCopied: they are not the same afterwards.
        Damaged: something in the source is not what was written.
    """
    async with _source(source, told.waiting) as original:
        incarnation = original.incarnation
        async with _target(target, incarnation, told.waiting) as copy:
            await copied(original, copy, told.copied)
        async with _target(target, incarnation, told.waiting) as copy:
            events = await verified(original, copy, told.verified)
    await _finished(target)
    return events


@asynccontextmanager
async def _source(url: str, waiting: Said) -> AsyncGenerator[Journal]:
    path = _path(url)
    if path is not None:
        if not path.exists():
            raise StoreUnusable(f"there is no {path}")
        journal: Journal = await sqlite(path)
    else:
        address = postgres(url)
        from setpoint.journal.postgres.journal import opened
        from setpoint.journal.postgres.schema import present
        from setpoint.journal.postgres.start import reached

        await reached(address, present, waiting)
        journal = await opened(address, waiting=waiting)
    try:
        yield journal
    finally:
        await journal.close()


@asynccontextmanager
async def _target(url: str, incarnation: int, waiting: Said) -> AsyncGenerator[Journal]:
    path = _path(url)
    if path is not None:
        journal: Journal = await sqlite(path, copy_of=incarnation)
    else:
        address = postgres(url)
        from setpoint.journal.postgres.journal import opened

        journal = await opened(address, waiting=waiting, copy_of=incarnation)
    try:
        yield journal
    finally:
        await journal.close()


async def _finished(url: str) -> None:
    path = _path(url)
    if path is not None:
        copying.end(path)
    else:
        from setpoint.journal.postgres.copying import end

        await end(postgres(url))


def _path(url: str) -> Path | None:
    """The file that `url` names; None where it is PostgreSQL's."""
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


def postgres(url: str) -> "Address":
    """Where PostgreSQL is.

    Raises:
        InvalidSetting: what speaks to it is not installed.
    """
    try:
        from setpoint.journal.postgres.address import parsed
    except ImportError as error:
        raise InvalidSetting('A postgresql:// URL needs asyncpg: pip install "setpoint[server,postgres]".') from error
    return parsed(url)
