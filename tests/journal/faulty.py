"""A disk that fails when it is told to."""

from collections.abc import Callable
from typing import Any

import apsw


class FaultyDisk(apsw.VFS):
    """The system's own, but for syncs that fail while `fails` says so."""

    def __init__(self, name: str, fails: Callable[[], bool]) -> None:
        self.fails = fails
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: Any) -> "FaultyFile":  # noqa: N802 - SQLite's name
        return FaultyFile(name, flags, self.fails)


class FaultyFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: Any, fails: Callable[[], bool]) -> None:
        self._fails = fails
        super().__init__("", name, flags)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        if self._fails():
            raise apsw.IOError("the disk did not sync")
        super().xSync(flags)
