"""What `setpoint doctor` finds, and what it says to do."""

import os
import shutil
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from setpoint.server import upkeep
from setpoint.server.doctor.finding import Finding
from setpoint.server.doctor.visit import visit
from setpoint.settings import Settings
from tests.api_runs.process import Process, Run
from tests.coordination.runs import within
from tests.upkeep.stores import filled, on_postgres, on_sqlite, tampered

NOBODY = "http://127.0.0.1:1"


def findings(settings: Settings, url: str = NOBODY) -> list[Finding]:
    return list(visit(settings, url, lambda runs: None))


def told(found: list[Finding], state: str) -> dict[str, str]:
    return {each.subject: each.detail for each in found if each.state == state}


@pytest.fixture
def store(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir(mode=0o700)
    return filled(on_sqlite(tmp_path / "data"), "mnist")


def test_before_the_first_start_nothing_is_wrong(tmp_path: Path) -> None:
    found = findings(on_sqlite(tmp_path / "data"))

    assert told(found, "wrong") == {}
    assert list(told(found, "note")) == [f"folder {tmp_path / 'data'}", "store", f"service {NOBODY}"]
    assert not (tmp_path / "data").exists()


def test_all_is_well_with_a_service_that_runs(tmp_path: Path) -> None:
    with Process(tmp_path / "data") as service:
        Run(service.http, "mnist").check_in("w0", 0)
        found = findings(on_sqlite(tmp_path / "data"), service.url)
        pid = service.pid

    assert {each.state for each in found} == {"ok"}
    assert told(found, "ok")["process"] == f"{pid} has the store"
    assert told(found, "ok")["store"].startswith("1 runs with 3 events, in life 1 of the store")


def test_a_service_that_has_the_store_and_does_not_answer_is_wrong(tmp_path: Path) -> None:
    with Process(tmp_path / "data") as service:
        os.kill(service.pid, signal.SIGSTOP)
        found = findings(on_sqlite(tmp_path / "data"))

    assert list(told(found, "wrong")) == [f"service {NOBODY}"]


def test_a_damaged_run_is_told_with_what_to_do(store: Settings) -> None:
    tampered(store, "UPDATE events SET actor = 'eve' WHERE run = 'mnist' AND id = 2")

    found = findings(store)

    (flaw,) = [each for each in found if each.subject == "mnist"]
    assert (flaw.state, flaw.detail) == ("wrong", "event 2 is not what was written")
    assert "setpoint restore" in flaw.advice


def test_a_frozen_run_is_told_with_the_command_that_frees_it(store: Settings) -> None:
    within(30, lambda: upkeep.reborn(store))

    (frozen,) = [each for each in findings(store) if each.subject == "run mnist"]

    assert (frozen.state, frozen.detail) == ("wrong", "frozen at epoch 3 of attempt 1")
    assert "`setpoint rollback mnist --to EPOCH --reason TEXT`, at a checkpoint no later than epoch 3" in frozen.advice


@pytest.mark.parametrize(("mode", "state"), [(0o700, "ok"), (0o755, "note"), (0o777, "wrong"), (0o770, "wrong")])
def test_who_may_read_and_write_the_folder_is_told(mode: int, state: str, store: Settings) -> None:
    store.data.chmod(mode)

    (found,) = [each for each in findings(store) if each.subject == f"folder {store.data}"]

    assert found.state == state
    assert state == "ok" or f"chmod 700 {store.data}" in found.advice


@pytest.mark.parametrize(("mode", "state"), [(0o600, "ok"), (0o640, "wrong"), (0o604, "wrong")])
def test_a_token_that_others_may_read_is_wrong(mode: int, state: str, store: Settings) -> None:
    token = store.data / "token"
    token.write_text("secret")
    token.chmod(mode)

    (found,) = [each for each in findings(store) if each.subject == f"token file {token}"]

    assert found.state == state
    assert "secret" not in repr(found)


@pytest.mark.parametrize(("free", "state"), [(2**40, "ok"), (2**29, "note"), (2**20, "wrong")])
def test_a_disk_with_little_room_is_told(
    free: int, state: str, store: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(path: Path) -> SimpleNamespace:
        return SimpleNamespace(free=free)

    monkeypatch.setattr(shutil, "disk_usage", usage)

    (found,) = [each for each in findings(store) if each.subject == "disk"]

    assert found.state == state


def test_a_folder_that_is_a_file_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    assert told(findings(on_sqlite(tmp_path / "data")), "wrong") == {f"folder {tmp_path / 'data'}": "is no folder"}


def test_a_file_that_is_no_store_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "setpoint.db").write_bytes(b"hello, this is a text" * 100)

    assert "file is not a database" in told(findings(on_sqlite(tmp_path)), "wrong")["store"]


def test_a_store_on_postgres_is_looked_through_as_well(tmp_path: Path) -> None:
    found = findings(filled(on_postgres(tmp_path / "data"), "mnist"))

    assert told(found, "ok")["store"].startswith("1 runs with 8 events")


def test_a_postgres_that_is_not_there_is_wrong(tmp_path: Path) -> None:
    found = findings(Settings(data=tmp_path / "data", database_url="postgresql://somebody:secret@127.0.0.1:1/x"))

    assert "can't be used" in told(found, "wrong")["store"]
    assert "secret" not in repr(found)
