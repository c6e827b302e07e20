"""The chain: any difference from what was written shows, and stops that run alone."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import apsw
import pytest

from setpoint.coordination.ports import Filter, Journal
from setpoint.errors import Damaged, Unavailable
from setpoint.journal.chain import START, Row, linked
from setpoint.journal.sqlite import sql
from setpoint.journal.sqlite.journal import opened
from setpoint.journal.unusable import StoreUnusable
from setpoint.runs.event import StateChanged
from setpoint.runs.state import Run
from tests.coordination.runs import check_in, coordinator, creation, entry, sealing, within

ROW = Row(1, "progress", "2026-05-04T03:02:01Z", "ada", b"{}")


def test_a_fingerprint_stays_what_it_is() -> None:
    assert linked("mnist", START, ROW).hex() == "dbbcc15c2e9c91722e14417ed2d36672d2aa23e7d7aa269c3d8714946ff6e1a5"


@pytest.mark.parametrize(
    ("run", "previous", "row"),
    [
        ("mnisu", START, ROW),
        ("mnist", b"\1" + START[1:], ROW),
        ("mnist", START, ROW._replace(id=2)),
        ("mnist", START, ROW._replace(kind="progresS")),
        ("mnist", START, ROW._replace(at="2026-05-04T03:02:02Z")),
        ("mnist", START, ROW._replace(actor="adb")),
        ("mnist", START, ROW._replace(payload=b"{} ")),
        ("mnist", START, ROW._replace(at="2026-05-04T03:02:01Za", actor="da")),
        ("mnis", START, ROW._replace(kind="tprogress")),
    ],
)
def test_a_fingerprint_is_of_every_field_and_of_its_borders(run: str, previous: bytes, row: Row) -> None:
    assert linked(run, previous, row) != linked("mnist", START, ROW)


def _flipped(column: str, event: int) -> Callable[[apsw.Connection], None]:
    def flip(database: apsw.Connection) -> None:
        ((value,),) = sql.rows(database, f"SELECT {column} FROM events WHERE run = 'mnist' AND id = ?", (event,))
        raw = bytearray(value.encode() if isinstance(value, str) else value)
        raw[-1] ^= 1
        changed = raw.decode() if isinstance(value, str) else bytes(raw)
        sql.do(database, f"UPDATE events SET {column} = ? WHERE run = 'mnist' AND id = ?", (changed, event))

    return flip


def _done(statement: str) -> Callable[[apsw.Connection], None]:
    def do(database: apsw.Connection) -> None:
        sql.do(database, statement)
        assert database.changes() == 1

    return do


DAMAGES = {
    **{f"events.{column} of event {event}": _flipped(column, event) for event in (1, 2, 3, 5)
       for column in ("kind", "at", "actor", "payload", "chain")},
    "events.id": _done("UPDATE events SET id = 9 WHERE run = 'mnist' AND id = 5"),
    "events.run": _done("UPDATE events SET run = 'mnisu' WHERE run = 'mnist' AND id = 5"),
    "events.run of the first": _done("UPDATE events SET run = 'mnisu' WHERE run = 'mnist' AND id = 1"),
    "an event in the middle is gone": _done("DELETE FROM events WHERE run = 'mnist' AND id = 3"),
    "the last event is gone": _done("DELETE FROM events WHERE run = 'mnist' AND id = 5"),
    "the run's row is gone": _done("DELETE FROM runs WHERE name = 'mnist'"),
    "runs.name": _done("UPDATE runs SET name = 'mnisu' WHERE name = 'mnist'"),
    "runs.version": _done("UPDATE runs SET version = 4 WHERE name = 'mnist'"),
    "runs.chain": _done("UPDATE runs SET chain = zeroblob(32) WHERE name = 'mnist'"),
    "runs.digest": _done("UPDATE runs SET digest = zeroblob(32) WHERE name = 'mnist'"),
    "runs.state": _done("UPDATE runs SET state = 'archived' WHERE name = 'mnist'"),
    "runs.labels": _done("UPDATE runs SET labels = '{\"team\":\"visiom\"}' WHERE name = 'mnist'"),
    "runs.labels, not JSON": _done("UPDATE runs SET labels = '{' WHERE name = 'mnist'"),
    "runs.unit": _done("UPDATE runs SET unit = 'step' WHERE name = 'mnist'"),
    "runs.attempt": _done("UPDATE runs SET attempt = 3 WHERE name = 'mnist'"),
    "runs.position": _done("UPDATE runs SET position = 0 WHERE name = 'mnist'"),
    "runs.frontier": _done("UPDATE runs SET frontier = 3 WHERE name = 'mnist'"),
    "runs.plan_version": _done("UPDATE runs SET plan_version = 0 WHERE name = 'mnist'"),
    "runs.created_at": _done("UPDATE runs SET created_at = '2026-05-04T03:02:00.000Z' WHERE name = 'mnist'"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_is_neither_served_nor_sealed_and_the_others_go_on(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "setpoint.db"

    async def scenario() -> None:
        journal = await opened(path)
        await _two_runs(journal)
        await journal.close()
        DAMAGES[damage](apsw.Connection(str(path)))

        journal = await opened(path)
        runs = coordinator(journal)
        for _ in range(2):
            with pytest.raises(Damaged):
                await runs.look("mnist")
            with pytest.raises(Damaged):
                await runs.handle("mnist", check_in(2), actor="w0")
        sealed = await runs.handle("cifar", check_in(1), actor="w0")
        assert sealed.run.attempt.frontier == 2
        await journal.close()

    within(10, scenario)


async def _two_runs(journal: Journal) -> None:
    for name in ("mnist", "cifar"):
        run = creation(name, labels={"team": "vision"})
        await journal.append(run)
        first = sealing(run.run, 0)
        await journal.append(entry(run.run, *(each.event for each in first.recorded), name=name))
        second = sealing(first.run, 1)
        if name == "mnist":
            await journal.append(entry(first.run, *(each.event for each in second.recorded), name=name))


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name.startswith("runs.")])
def test_a_damaged_run_is_listed_as_damaged(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "setpoint.db"

    async def scenario() -> list[str]:
        journal = await opened(path)
        await _two_runs(journal)
        await journal.close()
        DAMAGES[damage](apsw.Connection(str(path)))
        journal = await opened(path)
        page = await journal.list(Filter())
        await journal.close()
        return [shown.state for shown in page.runs]

    assert within(10, scenario) == (["running"] if damage == "runs.state" else ["running", "damaged"])


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE run_labels SET value = 'visiom'",
        "UPDATE run_labels SET archived = 1 WHERE run = 1",
        "UPDATE run_labels SET run = 3 WHERE run = 2",
        "DELETE FROM run_labels",
    ],
)
def test_damaged_labels_are_made_anew_of_the_runs(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "setpoint.db"

    async def scenario() -> list[str]:
        journal = await opened(path)
        await _two_runs(journal)
        await journal.close()
        sql.do(apsw.Connection(str(path)), damage)
        journal = await opened(path)
        page = await journal.list(Filter(labels={"team": "vision"}))
        await journal.close()
        return [shown.name for shown in page.runs]

    assert within(10, scenario) == ["cifar", "mnist"]


def test_a_damaged_past_is_not_replayed_either(tmp_path: Path) -> None:
    path = tmp_path / "setpoint.db"

    async def scenario() -> None:
        journal = await opened(path)
        await _two_runs(journal)
        await journal.close()
        _flipped("payload", 3)(apsw.Connection(str(path)))

        journal = await opened(path)
        assert [each.id for each in await journal.recorded("mnist", 0, 2)] == [1, 2]
        with pytest.raises(Damaged):
            await journal.recorded("mnist", 2, 10)
        await journal.close()

    within(10, scenario)


def test_a_run_that_is_damaged_while_it_is_served_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "setpoint.db"

    async def scenario() -> None:
        journal = await opened(path)
        runs = coordinator(journal)
        await _two_runs(journal)
        await runs.handle("mnist", check_in(2), actor="w0")
        DAMAGES["runs.version"](apsw.Connection(str(path)))

        with pytest.raises(Damaged):
            await runs.handle("mnist", check_in(3), actor="w0")
        await runs.handle("cifar", check_in(1), actor="w0")
        await journal.close()

    within(10, scenario)


def test_a_history_that_does_not_begin_with_a_creation_is_damage(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = await opened(tmp_path / "setpoint.db")
        run = creation().run
        orphan = entry(run, StateChanged("finished"))
        first = type(orphan)(0, tuple(type(each)(1, each.event, each.origin) for each in orphan.recorded), orphan.run)
        await journal.append(first)

        with pytest.raises(Damaged):
            await journal.load("mnist")
        await journal.close()

    within(10, scenario)


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_anywhere_in_the_file_never_gives_a_wrong_run(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "setpoint.db"
    whole = within(10, lambda: _written(path))
    raw = path.read_bytes()
    damaged = 0
    for _ in range(40):
        place, bit = chance.randrange(len(raw)), chance.randrange(8)
        flipped = bytearray(raw)
        flipped[place] ^= 1 << bit
        path.write_bytes(flipped)
        for name, run in whole.items():
            found = within(10, partial(_read, path, name))
            assert found is None or found == run, f"byte {place}, bit {bit}, seed {seed}"
            damaged += found is None

    assert damaged > 0, "no flip was found: were they all in places that nobody reads?"


async def _written(path: Path) -> dict[str, Run]:
    journal = await opened(path)
    await _two_runs(journal)
    runs = {name: await journal.load(name) for name in ("mnist", "cifar")}
    await journal.close()
    return {name: run for name, run in runs.items() if run is not None}


async def _read(path: Path, name: str) -> Run | None:
    """The run, or None where it, or the whole file, is refused. A run that seems never to have been would be wrong."""
    try:
        journal = await opened(path)
    except StoreUnusable:
        return None
    try:
        run = await journal.load(name)
        assert run is not None, f"{name} could be created again, and sealed anew"
        return run
    except (Damaged, Unavailable):
        return None
    finally:
        await journal.close()
