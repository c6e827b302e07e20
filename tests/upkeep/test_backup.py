"""A backup is whole, or there is none."""

import stat
from pathlib import Path

import apsw
import pytest

from setpoint.journal.sqlite import sql
from setpoint.journal.unusable import StoreUnusable
from setpoint.journal.upkeep import NotDone
from setpoint.server import upkeep
from setpoint.settings import Settings
from tests.upkeep.stores import SILENT, filled, on_postgres, on_sqlite, tampered, verified


@pytest.fixture
def store(tmp_path: Path) -> Settings:
    return filled(on_sqlite(tmp_path / "data"), "mnist", "vit")


def restored(source: Path, target: Settings, *, replace: bool = False, damaged: bool = False) -> str:
    return upkeep.restore(target, source, SILENT, replace=replace, damaged=damaged)[1]


def test_a_backup_is_a_store_of_one_file_for_its_owner_alone(store: Settings, tmp_path: Path) -> None:
    found = upkeep.backup(store, tmp_path / "kept" / "monday.db", SILENT)

    assert (found.runs, found.events, found.flaws) == (2, 16, ())
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["monday.db"]
    assert stat.S_IMODE((tmp_path / "kept/monday.db").stat().st_mode) == 0o600
    assert verified(Settings(database_url=f"sqlite:///{tmp_path / 'kept/monday.db'}")) == verified(store)


def test_no_backup_is_written_over_another(store: Settings, tmp_path: Path) -> None:
    (tmp_path / "monday.db").write_text("kept")

    with pytest.raises(NotDone, match="is there already"):
        upkeep.backup(store, tmp_path / "monday.db", SILENT)

    assert (tmp_path / "monday.db").read_text() == "kept"


def test_of_a_damaged_store_no_backup_is_left(store: Settings, tmp_path: Path) -> None:
    tampered(store, "UPDATE events SET actor = 'eve' WHERE run = 'mnist' AND id = 2")

    with pytest.raises(NotDone, match="mnist: event 2 is not what was written"):
        upkeep.backup(store, tmp_path / "monday.db", SILENT)

    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_progress_is_told(store: Settings, tmp_path: Path) -> None:
    copied, looked = list[tuple[int, int]](), list[int]()

    upkeep.backup(
        store, tmp_path / "monday.db", upkeep.Progress(lambda pages, of: copied.append((pages, of)), looked.append)
    )

    assert copied[-1][0] == copied[-1][1] > 0
    assert looked == [1, 2]


def test_a_store_on_postgres_is_backed_up_by_its_own_means(tmp_path: Path) -> None:
    with pytest.raises(NotDone, match="pg_dump"):
        upkeep.backup(on_postgres(tmp_path), tmp_path / "monday.db", SILENT)
    with pytest.raises(NotDone, match="own means"):
        restored(tmp_path / "monday.db", on_postgres(tmp_path))


def test_a_backup_is_restored_where_nothing_is(store: Settings, tmp_path: Path) -> None:
    upkeep.backup(store, tmp_path / "monday.db", SILENT)
    lost = on_sqlite(tmp_path / "new")

    restored(tmp_path / "monday.db", lost)

    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["setpoint.db", "setpoint.db.lock"]
    found = verified(lost)
    assert (found.incarnation, found.runs, found.events) == (2, 2, 16)
    assert [each.run for each in found.frozen] == ["mnist", "vit"]


def test_a_store_is_replaced_only_when_told_to_and_put_aside(store: Settings, tmp_path: Path) -> None:
    upkeep.backup(store, tmp_path / "monday.db", SILENT)
    filled(store, "later")

    with pytest.raises(NotDone, match="--replace"):
        restored(tmp_path / "monday.db", store)
    assert verified(store).runs == 3

    aside = restored(tmp_path / "monday.db", store, replace=True)
    assert verified(store).runs == 2
    assert aside == "setpoint.db.before-restore-1"
    assert verified(Settings(database_url=f"sqlite:///{tmp_path / 'data' / aside}")).runs == 3


def test_the_log_of_a_store_that_crashed_is_put_aside_with_it(store: Settings, tmp_path: Path) -> None:
    upkeep.backup(store, tmp_path / "monday.db", SILENT)
    assert store.file is not None
    crashed = apsw.Connection(str(store.file))
    sql.do(crashed, "UPDATE runs SET unit = 'step'")
    assert (tmp_path / "data/setpoint.db-wal").stat().st_size > 0

    restored(tmp_path / "monday.db", store, replace=True)

    assert verified(store).flaws == ()
    assert (tmp_path / "data/setpoint.db.before-restore-1-wal").stat().st_size > 0
    crashed.close()


def test_each_restore_is_another_life_even_from_one_backup(store: Settings, tmp_path: Path) -> None:
    upkeep.backup(store, tmp_path / "monday.db", SILENT)

    for life in (2, 3, 4):
        restored(tmp_path / "monday.db", store, replace=True)
        assert verified(store).incarnation == life


def test_a_damaged_backup_is_restored_only_when_told_to(store: Settings, tmp_path: Path) -> None:
    upkeep.backup(store, tmp_path / "monday.db", SILENT)
    tampered(
        Settings(database_url=f"sqlite:///{tmp_path / 'monday.db'}"), "DELETE FROM events WHERE run = 'vit' AND id = 4"
    )
    lost = on_sqlite(tmp_path / "new")

    with pytest.raises(NotDone, match="--damaged"):
        restored(tmp_path / "monday.db", lost)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["setpoint.db.lock"]

    restored(tmp_path / "monday.db", lost, damaged=True)
    assert [flaw.where for flaw in verified(lost).flaws] == ["vit"]


@pytest.mark.parametrize("content", [None, b"", b"hello, this is a text" * 100])
def test_what_is_no_backup_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "monday.db").write_bytes(content)

    with pytest.raises(StoreUnusable):
        restored(tmp_path / "monday.db", on_sqlite(tmp_path / "new"))

    assert [path.name for path in (tmp_path / "new").iterdir()] == ["setpoint.db.lock"]
