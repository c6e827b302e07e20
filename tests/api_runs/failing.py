"""`setpoint serve` on a disk whose syncs fail while there is a file named `broken` in the data folder."""

import sys
from pathlib import Path

from setpoint.cli.main import main
from setpoint.journal.sqlite.connection import Place
from setpoint.server import assemble
from setpoint.settings import Settings
from tests.journal.faulty import FaultyDisk

DISKS: list[FaultyDisk] = []
"""A disk is there for as long as somebody knows it."""


def faulty(settings: Settings) -> Place:
    DISKS.append(FaultyDisk("failing-sync", (settings.data / "broken").exists))
    return Place(settings.data / "setpoint.db", vfs="failing-sync")


assemble.store = faulty  # type: ignore[assignment]  # a journal opens a place as well as a path

if __name__ == "__main__":
    Path(sys.argv[-1]).mkdir(exist_ok=True)
    sys.exit(main(["serve", *sys.argv[1:]]))
