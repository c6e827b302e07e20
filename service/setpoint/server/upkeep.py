"""What an operator does with the store that the settings name: back it up, restore it, look it through."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from setpoint.journal.audit import ALL, DECISIONS, contradicted, exported
from setpoint.journal.sqlite import store as sqlite
from setpoint.journal.sqlite import upkeep
from setpoint.journal.sqlite.upkeep import Progress
from setpoint.journal.upkeep import Examined, NotDone, Store, examined
from setpoint.server.stores import postgres as address
from setpoint.settings import Settings

__all__ = ["Examined", "Progress", "backup", "opened", "restore", "verify"]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Store]:
    """The store, to be read; a service may use it meanwhile.

    Raises:
        StoreUnusable: there is none, or it can't be read.
    """
    if settings.file is not None:
        with sqlite.store(settings.file) as found:
            yield found
        return
    where = address(settings.store)
    from setpoint.journal.postgres import store as postgres

    async with postgres.store(where) as there:
        yield there


async def verify(settings: Settings, progress: Callable[[int], None], export: Path | None = None) -> Examined:
    """Look all of it through, and where there is an earlier `export` of the audit log, compare it with that.

    Raises:
        StoreUnusable: there is none, or it can't be read.
        NotDone: the export can't be read.
    """
    async with opened(settings) as found:
        seen = await examined(found, progress)
        if export is None:
            return seen
        flaws = [flaw async for flaw in contradicted(found, _lines(export))]
    return replace(seen, flaws=(*seen.flaws, *flaws))


def _lines(export: Path) -> Iterator[dict[str, Any]]:
    with export.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                plain: dict[str, Any] = orjson.loads(line)
                _ = int(plain["id"]), bytes.fromhex(plain["fingerprint"])
            except (ValueError, TypeError, KeyError) as error:
                raise NotDone(f"line {number} of {export} is no line of an audit log") from error
            yield plain


async def audit(settings: Settings, *, everything: bool) -> AsyncGenerator[bytes]:
    """The audit log, a line of JSON at a time: what was decided, or `everything` that ever happened.

    Raises:
        StoreUnusable: there is no store, or it can't be read.
        Damaged: an event can't be read.
    """
    async with opened(settings) as found:
        async for line in exported(found, ALL if everything else DECISIONS):
            yield orjson.dumps(line) + b"\n"


def backup(settings: Settings, target: Path, progress: Progress) -> Examined:
    """Copy the store to the new file `target`, while it is used; what was found in the copy.

    Raises:
        NotDone: it is kept by PostgreSQL, or damaged, or `target` is there already.
        StoreUnusable: there is none.
    """
    if settings.file is None:
        raise NotDone("PostgreSQL keeps this store: back it up by its own means, pg_dump or a base backup with its log")
    return upkeep.backup(settings.file, target, progress)


def restore(
    settings: Settings, source: Path, progress: Progress, *, replace: bool, damaged: bool
) -> tuple[Examined, str]:
    """Put a backup in the store's place, as another life of it; what was found, and what the old one is called now.

    Raises:
        NotDone: PostgreSQL keeps it, or there is a store that is not to be replaced, or the backup is damaged.
        StoreUnusable: a service has the store, or there is no backup.
    """
    if settings.file is None:
        raise NotDone("PostgreSQL keeps this store: restore it by its own means, then say `setpoint restore` alone")
    return upkeep.restore(source, settings.file, progress, replace=replace, damaged=damaged)


async def reborn(settings: Settings) -> int:
    """Another life begins of a store that was put there by other means; its number.

    Raises:
        StoreUnusable: a service has it, or there is none.
    """
    if settings.file is not None:
        return upkeep.raise_incarnation(settings.file)
    where = address(settings.store)
    from setpoint.journal.postgres import store as postgres

    return await postgres.raise_incarnation(where)
