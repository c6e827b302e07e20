"""Connections to the file, set up so that an acknowledged commit survives a power loss, and checked to be."""

import os
from dataclasses import dataclass
from pathlib import Path

import apsw

from setpoint.journal.sqlite import sql
from setpoint.journal.unusable import StoreUnusable

FULL = 2
"""`PRAGMA synchronous`: the log is synced before a commit returns. NORMAL (1) leaves that to the next checkpoint."""
_BUSY_MILLISECONDS = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """Where the file is, and how it is opened. All but the path is for experiments with crashes."""

    path: Path
    vfs: str | None = None
    synchronous: int = FULL
    least: int = FULL
    """What `synchronous` must be read back as, at least."""

    def writer(self) -> apsw.Connection:
        """The connection that writes.

        Raises:
            StoreUnusable: the file can't be opened, or would not keep what is acknowledged.
        """
        try:
            connection = apsw.Connection(str(self.path), vfs=self.vfs)
            self._prepare(connection)
        except (apsw.Error, OSError) as error:
            raise StoreUnusable(f"{self.path} can't be opened: {error}") from error
        return connection

    def sync_folder(self) -> None:
        """That the file and its log are in their folder outlasts a power loss too, once both are there.

        SQLite does it for the log, but goes on where that fails.
        """
        _sync_folder(self.path.parent)

    def _prepare(self, connection: apsw.Connection) -> None:
        connection.set_busy_timeout(_BUSY_MILLISECONDS)
        mode = sql.pragma(connection, "journal_mode", "wal")
        sql.pragma(connection, "synchronous", self.synchronous)
        # macOS keeps what fsync was told in the drive's own cache; nothing to other systems.
        sql.pragma(connection, "fullfsync", 1)
        sql.pragma(connection, "checkpoint_fullfsync", 1)
        # Pages that turn out damaged are an error then and there, not wrong rows.
        sql.pragma(connection, "cell_size_check", 1)
        # The writer checkpoints by itself: SQLite's automatic one tells nobody when its fsync fails.
        connection.wal_autocheckpoint(0)
        synchronous = sql.pragma(connection, "synchronous")
        if mode != "wal" or not isinstance(synchronous, int) or synchronous < self.least:
            raise StoreUnusable(
                f"{self.path} would lose acknowledged writes with the power: journal_mode is {mode} (needs wal), "
                f"synchronous is {synchronous} (needs {self.least}, FULL)"
            )

    def reader(self) -> apsw.Connection:
        """A connection that only reads: a state that was committed, while others are being written."""
        connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=self.vfs)
        connection.set_busy_timeout(_BUSY_MILLISECONDS)
        sql.pragma(connection, "query_only", 1)
        sql.pragma(connection, "cell_size_check", 1)
        return connection


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
