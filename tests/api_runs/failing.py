"""`setpoint serve` on a disk whose syncs fail while a file named `broken` is in the data folder, the last argument."""

import sys
from pathlib import Path
from typing import Any

import apsw

from setpoint.cli.main import main

BROKEN = Path(sys.argv[-1], "broken")


class Disk(apsw.VFS):
    """What SQLite uses in this process unless told otherwise."""

    def __init__(self) -> None:
        super().__init__("failing-sync", "unix", makedefault=True)

    def xOpen(self, name: Any, flags: Any) -> "File":  # noqa: N802 - SQLite's name
        return File("unix", name, flags)


class File(apsw.VFSFile):
    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        if BROKEN.exists():
            raise apsw.IOError("the disk did not sync")
        super().xSync(flags)


if __name__ == "__main__":
    disk = Disk()
    sys.exit(main(["serve", *sys.argv[1:]]))
