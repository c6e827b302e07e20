"""Whether the file is a copy that is still being written: then nothing is served from it."""

from pathlib import Path

import apsw

from setpoint.journal.sqlite import meta, sql
from setpoint.journal.sqlite.connection import Place
from setpoint.journal.sqlite.lock import Lock
from setpoint.journal.unusable import UNFINISHED, StoreUnusable, not_empty

_MARK = "copying"
_IS_MARKED = "SELECT EXISTS (SELECT 1 FROM meta WHERE name = ?)"
_IS_EMPTY = "SELECT NOT EXISTS (SELECT 1 FROM runs) AND NOT EXISTS (SELECT 1 FROM token_events)"


def begin(connection: apsw.Connection, incarnation: int) -> None:
    """Mark the store as a copy of one in that life of its own.

    Raises:
        StoreUnusable: it has something in it, and no copy of it was begun.
    """
    with connection:
        if not _is_marked(connection) and sql.number(connection, _IS_EMPTY) == 0:
            raise not_empty(connection.filename)
        meta.put(connection, _MARK, "1")
        meta.begin_life(connection, incarnation)


def none(connection: apsw.Connection) -> None:
    """Nothing, where no copy into the store was left unfinished.

    Raises:
        StoreUnusable: one was.
    """
    if _is_marked(connection):
        raise StoreUnusable(f"{connection.filename}: {UNFINISHED}")


def end(path: Path) -> None:
    """The copy is whole: it may be served from."""
    lock = Lock(path).taken()
    connection = Place(path).writer()
    try:
        sql.do(connection, "DELETE FROM meta WHERE name = ?", (_MARK,))
    finally:
        connection.close()
        lock.release()


def _is_marked(connection: apsw.Connection) -> bool:
    return sql.number(connection, _IS_MARKED, (_MARK,)) == 1
