"""`setpoint backup`, `restore` and `doctor`, as they are typed."""

import json
from pathlib import Path

import pytest

from setpoint.cli.commands import COMMANDS
from tests.cli.shell import run
from tests.upkeep.stores import filled, on_postgres, on_sqlite, tampered

FOLDER = "/var/lib/setpoint"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SETPOINT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SETPOINT_URL", "http://127.0.0.1:1")
    (tmp_path / "data").mkdir(mode=0o700)
    filled(on_sqlite(tmp_path / "data"), "mnist", "vit")


def test_the_examples_do_what_they_say(tmp_path: Path) -> None:
    database = filled(on_postgres(tmp_path), "mnist").store
    for name in ("audit", "backup", "restore", "doctor"):
        for example in COMMANDS[name].examples:
            words = example.replace(FOLDER, "data").replace("/backups", "kept")
            words = words.replace("postgresql://localhost/setpoint", database).removeprefix("setpoint ")
            again = " --replace" if name == "restore" and "replace" not in words and "database-url" not in words else ""

            ended = run((words + again).partition(" > ")[0])
            if ">" in words:
                Path("audit.ndjson").write_bytes(ended.raw)

            assert ended.out, ended.err
            assert ended.code == (1 if name == "doctor" else 0), "after a restore runs are frozen"


def test_a_backup_says_what_is_in_it() -> None:
    assert run("backup monday.db").out == "monday.db: 2 runs with 16 events, every one of them checked\n"


def test_a_restore_lists_the_runs_that_wait_for_a_new_attempt() -> None:
    run("backup monday.db")

    ended = run("restore monday.db --replace")

    assert ended.out.splitlines()[:4] == [
        "2 runs with 16 events; this is life 2 of the store",
        "the store that was there is now called setpoint.db.before-restore-1",
        "frozen: mnist, sealed before epoch 3 of attempt 1",
        "frozen: vit, sealed before epoch 3 of attempt 1",
    ]
    assert "setpoint rollback RUN --to EPOCH" in ended.out


def test_what_is_not_done_is_told_in_one_line() -> None:
    Path("monday.db").touch()

    ended = run("backup monday.db")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "setpoint backup: monday.db is there already, and no backup is written over another: choose a new name. "
        "Nothing was changed.\n"
    )


def test_the_doctor_ends_with_1_where_something_is_wrong() -> None:
    well = run("doctor")
    tampered(on_sqlite(Path("data")), "UPDATE events SET at = '' WHERE run = 'vit' AND id = 1")
    ill = run("doctor")

    assert (well.code, ill.code) == (0, 1)
    assert "wrong  vit: event 1 is not what was written\n       Restore a backup" in ill.out


def test_the_doctor_speaks_json() -> None:
    found = json.loads(run("doctor --json").out)

    assert {each["state"] for each in found} == {"ok", "note"}
    assert {"state", "subject", "detail", "advice"} == set(found[0])
