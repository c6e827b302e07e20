"""What the proofs have found, each as a test of its own; the table is in docs/track-record.md."""

import errno
from pathlib import Path
from unittest.mock import patch

import apsw
import pytest
from pydantic import TypeAdapter

from setpoint.journal import codec
from setpoint.journal.sqlite import connection, sql
from setpoint.journal.sqlite.connection import Place
from setpoint.journal.sqlite.journal import opened
from setpoint.journal.unusable import StoreUnusable
from setpoint.runs.change import AnyChange, Change
from setpoint.runs.event import Changed
from setpoint.wire.change import asked
from tests.coordination.runs import within
from tests.journal.faulty import FaultyDisk

_change: TypeAdapter[Change] = TypeAdapter(AnyChange)


@pytest.mark.parametrize(
    "sent",
    [
        {"op": "scale", "factor": 0.5, "epoch": 19},
        {"op": "decay", "epochs": 6, "final_lr": 0.002},
        {"op": "replace", "schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5}, "groups": ["lr"]},
    ],
    ids=lambda sent: str(sent["op"]),
)
def test_a_receipt_that_is_repeated_after_a_restart_tells_of_the_same_request(sent: dict[str, object]) -> None:
    event = Changed(1, _change.validate_python(sent), 1, 20, 2, (0.1,), (0.05,))

    restored = codec.decode(event.kind, codec.encode(event))

    assert isinstance(restored, Changed)
    assert asked(restored.change) == asked(event.change)


def test_a_disk_that_fails_while_the_store_is_opened_is_told_in_one_line(tmp_path: Path) -> None:
    disk = FaultyDisk("fails-at-start", lambda: True)

    async def scenario() -> None:
        with pytest.raises(StoreUnusable, match=r"setpoint\.db can't be opened: the disk did not sync"):
            await opened(Place(tmp_path / "setpoint.db", vfs="fails-at-start"))
        disk.fails = lambda: False
        await (await opened(Place(tmp_path / "setpoint.db", vfs="fails-at-start"))).close()

    within(5, scenario)


def test_a_lock_that_can_t_be_written_is_told_in_one_line_and_let_go(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")

    async def scenario() -> None:
        with patch("os.pwrite", side_effect=full), pytest.raises(StoreUnusable, match="No space left on device"):
            await opened(tmp_path / "setpoint.db")
        await (await opened(tmp_path / "setpoint.db")).close()

    within(5, scenario)


@pytest.mark.parametrize("written", ["q", "!", "", "3"])
def test_a_store_whose_incarnation_is_damaged_is_refused_in_one_line(tmp_path: Path, written: str) -> None:
    async def scenario() -> None:
        await (await opened(tmp_path / "setpoint.db")).close()
        database = apsw.Connection(str(tmp_path / "setpoint.db"))
        sql.do(database, "UPDATE meta SET value = ? WHERE name = 'incarnation'", (written,))
        database.close()

        with pytest.raises(StoreUnusable, match="its incarnation is not what was written"):
            await opened(tmp_path / "setpoint.db")

    within(5, scenario)


def test_the_folder_is_synced_once_the_log_is_in_it(tmp_path: Path) -> None:
    found: list[set[str]] = []

    def synced(folder: Path) -> None:
        found.append({file.name for file in folder.iterdir()})

    async def scenario() -> None:
        with patch.object(connection, "_sync_folder", synced):
            await (await opened(tmp_path / "setpoint.db")).close()

    within(5, scenario)
    assert found
    assert found[-1] >= {"setpoint.db", "setpoint.db-wal"}
