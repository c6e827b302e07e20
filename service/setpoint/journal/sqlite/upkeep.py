"""A store as one file to keep elsewhere, and back."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import apsw

from setpoint.journal.sqlite import meta, schema
from setpoint.journal.sqlite.connection import Place
from setpoint.journal.sqlite.lock import Lock
from setpoint.journal.sqlite.store import connected, copied, store
from setpoint.journal.unusable import StoreUnusable
from setpoint.journal.upkeep import Examined, NotDone, examined


@dataclass(frozen=True, slots=True)
class Progress:
    """Who is told how far it is: of the pages that are copied, and of the runs that are looked at."""

    copied: Callable[[int, int], None]
    examined: Callable[[int], None]


def backup(source: Path, target: Path, progress: Progress) -> Examined:
    """Copy the store to the new file `target`, which is whole: it is looked through before it gets its name.

    Raises:
        NotDone: `target` is there already, or the store is damaged.
        StoreUnusable: there is no store.
    """
    if target.exists():
        raise NotDone(f"{target} is there already, and no backup is written over another: choose a new name")
    partial = _new(target, "partial")
    try:
        copied(source, partial, progress.copied)
        found = _whole(partial, progress, "the store is damaged, so it was not backed up")
        partial.rename(target)
        Place(target).sync_folder()
    finally:
        _removed(partial)
    return found


def restore(backup: Path, target: Path, progress: Progress, *, replace: bool, damaged: bool) -> tuple[Examined, str]:
    """Put a backup in the place of the store at `target`, as another life of it; what was found, and where the old is.

    Raises:
        NotDone: there is a store and it is not to be replaced, or the backup is damaged and that is not allowed.
        StoreUnusable: a service has the store, or `backup` is none.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Lock(target).taken()
    try:
        if target.exists() and not replace:
            raise NotDone(f"{target} is there already: --replace puts it aside, under another name")
        partial = _new(target, "restoring")
        try:
            copied(backup, partial, progress.copied)
            _reborn(partial, _incarnation(target))
            refusal = (
                None if damaged else "the backup is damaged (--damaged takes it as it is: what is whole is served)"
            )
            found = _whole(partial, progress, refusal)
            return found, _put(partial, target)
        finally:
            _removed(partial)
    finally:
        lock.release()


def raise_incarnation(target: Path) -> int:
    """Another life of the store begins: it was put there by other means, and may lack what was acknowledged.

    Raises:
        StoreUnusable: a service has it, or there is none.
    """
    if not target.exists():
        raise StoreUnusable(f"there is no {target}")
    lock = Lock(target).taken()
    try:
        return _reborn(target, 0)
    finally:
        lock.release()


def _new(target: Path, why: str) -> Path:
    """A file beside `target` that nobody else may read, to be given its name once it is whole."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = target.with_name(f"{target.name}.{why}")
    _removed(path)  # what an earlier try has left
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    return path


def _reborn(path: Path, before: int) -> int:
    """Raise the incarnation past its own and `before`, in the tables of this version."""
    connection = Place(path).writer()
    try:
        with connection:
            schema.migrate(connection)
            meta.begin_life(connection, max(meta.incarnation(connection), before) + 1)
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        return meta.incarnation(connection)
    except apsw.Error as error:
        raise StoreUnusable(f"{path} can't be written: {error}") from error
    finally:
        connection.close()


def _incarnation(path: Path) -> int:
    """That of the store that is replaced, where it still says so."""
    with suppress(StoreUnusable, apsw.Error), connected(path) as connection:
        return meta.incarnation(connection)
    return 0


def _whole(path: Path, progress: Progress, refusal: str | None) -> Examined:
    with store(path) as opened:
        found = asyncio.run(examined(opened, progress.examined))
    if found.flaws and refusal is not None:
        first = found.flaws[0]
        raise NotDone(f"{refusal}: {first.where}: {first.detail} ({len(found.flaws)} in all)")
    return found


def _put(partial: Path, target: Path) -> str:
    """`partial` takes the place of `target` in one step; what the old one is called from now on, if there is one.

    The old one's log goes first: SQLite would take it for the new one's.
    """
    aside = next(name for i in count(1) if not (name := target.with_name(f"{target.name}.before-restore-{i}")).exists())
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + end).rename(aside.with_name(aside.name + end))
    old = target.exists()
    if old:
        os.link(target, aside)
    partial.replace(target)
    Place(target).sync_folder()
    return aside.name if old else ""


def _removed(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)
