"""Watchers who were away while the store was restored: the ids that they come back with are another life's."""

import asyncio
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from setpoint.server import upkeep
from setpoint.settings import Settings
from tests.api_runs.process import Process, stream
from tests.coordination.runs import within
from tests.postgres.server import server
from tests.upkeep.stores import ENGINES, SILENT, filled, journal, on_sqlite

ONE, ALL = "/v1/runs/mnist/events", "/v1/events"


def restored_sqlite(settings: Settings, backup: Path) -> None:
    shutil.rmtree(settings.data)
    upkeep.restore(settings, backup, SILENT, replace=False, damaged=False)


def restored_postgres(settings: Settings, backup: Path) -> None:
    name = settings.store.rpartition("/")[2]
    server().does("postgres", f"DROP DATABASE {name}")
    server().does("postgres", f"CREATE DATABASE {name} TEMPLATE {name}_{backup.stem}")
    asyncio.run(upkeep.reborn(settings))


def backed_up(settings: Settings, backup: Path) -> None:
    if settings.file is not None:
        upkeep.backup(settings, backup, SILENT)
    else:
        name = settings.store.rpartition("/")[2]
        server().does("postgres", f"CREATE DATABASE {name}_{backup.stem} TEMPLATE {name}")


RESTORED: Mapping[str, Callable[[Settings, Path], None]] = {"sqlite": restored_sqlite, "postgres": restored_postgres}


@contextmanager
def served(settings: Settings) -> Generator[httpx.Client]:
    with Process(settings.data, "--database-url", settings.store) as service:
        yield service.http
        service.end()


def labelled(http: httpx.Client, **labels: str) -> dict[str, str]:
    """Label the run; the ids that those who watch it, and those who watch all runs, are told of that."""
    with stream(http, ONE) as one, stream(http, ALL) as every:
        assert http.patch("/v1/runs/mnist", json={"labels": labels}).status_code == 200
        told = {ONE: one.next(), ALL: every.next()}
    assert all(event.kind == "labels" for event in told.values())
    return {address: event.id or "" for address, event in told.items()}


def first(http: httpx.Client, address: str, last_event_id: str) -> str:
    with stream(http, address, last_event_id=last_event_id) as events:
        return events.next().kind


@pytest.mark.parametrize("engine", RESTORED)
def test_who_was_away_during_a_restore_is_told_to_look_afresh(engine: str, tmp_path: Path) -> None:
    settings, backup = filled(ENGINES[engine](tmp_path / "data"), "mnist"), tmp_path / "monday.db"
    backed_up(settings, backup)
    with served(settings) as http:
        before = labelled(http, life="first")
    assert before[ONE] == "9", "an id of the first life is its number"

    RESTORED[engine](settings, backup)

    with served(settings) as http:
        after = labelled(http, life="second")
        assert after[ONE].partition("-")[0] == "9", "another event, which would be taken for the one that is known"
        assert http.patch("/v1/runs/mnist", json={"labels": {"life": "goes on"}}).status_code == 200

        assert [first(http, address, before[address]) for address in (ONE, ALL)] == ["reset", "reset"]
        assert [first(http, address, after[address]) for address in (ONE, ALL)] == ["labels", "labels"]
        assert first(http, ONE, "0") == "created", "who knows nothing has nothing to forget"


def test_two_restores_of_one_backup_are_not_the_same_life(tmp_path: Path) -> None:
    settings, backup = filled(on_sqlite(tmp_path / "data"), "mnist"), tmp_path / "monday.db"
    backed_up(settings, backup)
    found = list[tuple[int, str]]()

    async def scenario() -> None:
        store = await journal(settings)
        found.append((store.incarnation, store.life))
        await store.close()

    within(10, scenario)
    for _ in range(2):
        restored_sqlite(settings, backup)
        within(10, scenario)

    assert [number for number, _ in found] == [1, 2, 2]
    assert found[0][1] == ""
    assert found[1][1] != found[2][1]
