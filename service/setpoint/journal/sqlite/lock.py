"""One process a file: a second one is told who has it."""

import fcntl
import os
from pathlib import Path
from typing import Self

from setpoint.journal.unusable import StoreUnusable


def holder(database: Path) -> str:
    """The process that has it, as it is called; nothing where none has."""
    try:
        file = os.open(_beside(database), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # let go at once, with the file
    except OSError:
        return os.pread(file, 32, 0).decode("ascii", "replace").strip() or "one"
    finally:
        os.close(file)
    return ""


def _beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")


class Lock:
    """Held on a file beside the database for as long as it is open. The kernel lets go of it however a process ends.

    SQLite's own exclusive locking mode would also shut out this process's readers.
    """

    def __init__(self, database: Path) -> None:
        self._path = _beside(database)
        self._file = -1

    def taken(self) -> Self:
        """This lock, once it is held.

        Raises:
            StoreUnusable: another process holds it, or the folder can't be written.
        """
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnusable(f"{self._path} can't be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            self.release()
            raise StoreUnusable(
                f"process {holder or '(unknown)'} has {self._path} locked: two processes on one database would each "
                "seal their own values. Stop that one, or give this one another folder: --data"
            ) from error
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, b"%d\n" % os.getpid(), 0)
        except OSError:
            self.release()
            raise
        return self

    def release(self) -> None:
        """Another process may have it. The file stays: to remove it would let two processes lock two files."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
