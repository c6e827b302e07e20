"""The embedded engine: what it refuses to start on, and what it does when the disk lets it down."""

import asyncio
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import apsw
import pytest

from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.ports import Filter
from setpoint.errors import Draining, StorageFull, Unavailable
from setpoint.journal.cursor import LIST, written
from setpoint.journal.jobs import Committed
from setpoint.journal.sqlite import meta, reader, sql, writer
from setpoint.journal.sqlite.connection import Place
from setpoint.journal.sqlite.journal import SqliteJournal, opened
from setpoint.journal.unusable import StoreUnusable
from tests.coordination.runs import check_in, coordinator, create, creation, sealing, within
from tests.journal.faulty import FaultyDisk

NORMAL = 1

OPEN_ANOTHER = """
import asyncio, sys
from itertools import count
from pathlib import Path
from setpoint.journal.sqlite.journal import opened
from setpoint.journal.unusable import StoreUnusable

try:
    asyncio.run(opened(Path(sys.argv[1])))
except StoreUnusable as refusal:
    print(refusal)
"""


def refusal(place: Place | Path) -> str:
    with pytest.raises(StoreUnusable) as refused:
        within(10, lambda: opened(place))
    return str(refused.value)


def database(path: Path, *statements: str) -> Path:
    connection = apsw.Connection(str(path))
    for statement in statements:
        sql.do(connection, statement)
    connection.close()
    return path


def test_a_second_process_is_refused_and_told_which_one_has_it(tmp_path: Path) -> None:
    async def scenario() -> str:
        journal = await opened(tmp_path / "setpoint.db")
        command = [sys.executable, "-c", OPEN_ANOTHER, str(tmp_path / "setpoint.db")]
        other = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30)
        await journal.close()
        return other.stdout

    assert f"process {os.getpid()} has" in within(40, scenario)


def test_it_can_be_opened_again_once_it_is_closed(tmp_path: Path) -> None:
    async def scenario() -> None:
        for _ in range(2):
            journal = await opened(tmp_path / "setpoint.db")
            await journal.close()

    within(10, scenario)


def test_a_file_that_would_lose_acknowledged_writes_with_the_power_is_refused(tmp_path: Path) -> None:
    told = refusal(Place(tmp_path / "setpoint.db", synchronous=NORMAL))

    assert "synchronous is 1" in told
    within(10, lambda: _open_and_close(tmp_path / "setpoint.db"))


async def _open_and_close(path: Path) -> None:
    await (await opened(path)).close()


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = database(tmp_path / "other.db", "CREATE TABLE runs (name TEXT)", "INSERT INTO runs VALUES ('theirs')")

    assert "a database of something else" in refusal(path)
    assert sql.rows(apsw.Connection(str(path)), "SELECT name FROM runs") == [("theirs",)]


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    within(10, lambda: _open_and_close(tmp_path / "setpoint.db"))
    database(tmp_path / "setpoint.db", "PRAGMA user_version = 99")

    assert "a later version" in refusal(tmp_path / "setpoint.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "setpoint.db").write_bytes(b"hello, this is a text" * 100)

    assert "can't be opened" in refusal(tmp_path / "setpoint.db")


def test_the_schema_is_made_once_and_the_incarnation_kept(tmp_path: Path) -> None:
    within(10, lambda: _open_and_close(tmp_path / "setpoint.db"))
    meta.put(apsw.Connection(str(tmp_path / "setpoint.db")), "incarnation", "3")

    async def scenario() -> int:
        journal = await opened(tmp_path / "setpoint.db")
        await journal.close()
        return journal.incarnation

    assert within(10, scenario) == 3


def test_after_the_end_nothing_waits_for_ever(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = await opened(tmp_path / "setpoint.db")
        await journal.close()
        await journal.close()
        for late in (journal.append(creation()), journal.load("mnist")):
            with pytest.raises(Draining):
                await late

    within(10, scenario)


def test_after_the_end_everything_is_in_the_one_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = await opened(tmp_path / "setpoint.db")
        await journal.append(creation())
        await journal.close()

    within(10, scenario)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["setpoint.db", "setpoint.db.lock"]


def test_the_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_PAGES", 20)

    async def scenario() -> int:
        journal = await opened(tmp_path / "setpoint.db")
        entry = creation()
        await journal.append(entry)
        for epoch in range(100):
            entry = sealing(entry.run, epoch)
            await journal.append(entry)
        size = (tmp_path / "setpoint.db-wal").stat().st_size
        await journal.close()
        return size

    assert within(20, scenario) < 60 * 4096


def test_a_full_disk_refuses_writes_answers_reads_and_recovers_by_itself(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = await opened(tmp_path / "setpoint.db")
        runs = coordinator(journal)
        await runs.handle("mnist", create(), actor="ada")
        await runs.handle("mnist", check_in(0), actor="w0")
        roomy = _limit_pages(journal, 1)
        with pytest.raises(StorageFull):
            await _seal_for_ever(runs)

        sealed = (await runs.look("mnist")).attempt.sealed
        assert sealed.value(0, 0) == 0.1
        with pytest.raises(StorageFull):
            await runs.handle("mnist", check_in(sealed.stop, "x" * 9000), actor="w0")
        assert (await runs.handle("mnist", check_in(0), actor="w0")).recorded == ()
        _limit_pages(journal, roomy)
        assert (await runs.handle("mnist", check_in(sealed.stop), actor="w0")).run.attempt.frontier == sealed.stop + 1
        await journal.close()

    within(20, scenario)


async def _seal_for_ever(runs: Coordinator) -> None:
    for epoch in count(1):
        await runs.handle("mnist", check_in(epoch), actor="w0")


def _limit_pages(journal: SqliteJournal, pages: int) -> int:
    """Let the file have so many pages, though no fewer than it has; how many it might have had before."""
    connection = journal._writer._connection
    before = sql.number(connection, "PRAGMA max_page_count")
    sql.pragma(connection, "max_page_count", pages)
    return before


def test_after_a_failed_sync_nothing_is_written_any_more_and_the_process_is_told_to_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        failing = False
        disk = FaultyDisk("failing-sync", lambda: failing)
        fatal: list[Exception] = []
        commits: list[Committed] = []
        place = Place(tmp_path / "setpoint.db", vfs="failing-sync")
        journal = await opened(place, fatal=fatal.append, committed=commits.append)
        first = creation()
        await journal.append(first)

        failing = True
        with pytest.raises(Unavailable):
            await journal.append(sealing(first.run, 0))
        assert [type(error) for error in fatal] == [apsw.IOError]

        failing = False
        for again in (journal.append(sealing(first.run, 0)), journal.load("mnist")):
            with pytest.raises(Unavailable):
                await again
        assert [type(commit.refusal) for commit in commits] == [type(None), Unavailable]
        await journal.close()
        disk.unregister()

    within(20, scenario)


def test_a_failed_sync_of_the_file_itself_ends_the_process_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_PAGES", 1)

    async def scenario() -> None:
        syncs = 0

        def second_one_after() -> bool:
            nonlocal syncs
            syncs += 1
            return syncs > 1

        fails = [False]
        disk = FaultyDisk("failing-checkpoint", lambda: fails[0] and second_one_after())
        fatal: list[Exception] = []
        place = Place(tmp_path / "setpoint.db", vfs="failing-checkpoint")
        journal = await opened(place, fatal=fatal.append)
        first = creation()
        fails[0] = True
        await journal.append(first)
        with pytest.raises(Unavailable):
            await journal.load("mnist")

        assert [type(error) for error in fatal] == [apsw.IOError]
        await journal.close()
        disk.unregister()

    within(20, scenario)


@pytest.mark.parametrize("place", ["begin.before", "rows.after", "commit.before", "commit.after"])
@pytest.mark.parametrize("time", [2, 3, 17])
def test_what_was_acknowledged_is_there_after_a_crash_at_any_step(tmp_path: Path, place: str, time: int) -> None:
    path = tmp_path / "setpoint.db"
    command = [sys.executable, "-m", "tests.journal.crashing", str(path), f"{place}=exit:{time}"]

    crashed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    acknowledged = dict(line.split() for line in crashed.stdout.splitlines())

    assert crashed.returncode == 137, crashed.stderr
    assert len(acknowledged) == time - 2
    found = within(10, lambda: _sealed(path))
    assert found[: len(acknowledged)] == list(acknowledged.values())
    assert len(found) == len(acknowledged) + (place == "commit.after")


async def _sealed(path: Path) -> list[str]:
    journal = await opened(path)
    run = await journal.load("mnist")
    await journal.close()
    assert run is not None
    return [run.attempt.sealed.value(0, epoch).hex() for epoch in range(run.attempt.frontier)]


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(state="running"),
        Filter(state="archived", after=written(LIST, 123)),
        Filter(labels={"team": "vision"}),
        Filter(labels={"team": "vision", "gpu": "8"}, state="finished", after=written(LIST, 123)),
    ],
)
def test_a_page_of_the_list_walks_an_index_and_sorts_nothing(tmp_path: Path, wanted: Filter) -> None:
    within(10, lambda: _open_and_close(tmp_path / "setpoint.db"))
    query, arguments = reader._query(wanted)

    plan = sql.rows(
        apsw.Connection(str(tmp_path / "setpoint.db")), f"EXPLAIN QUERY PLAN {query}", (*arguments, wanted.limit)
    )

    steps = [str(step[-1]) for step in plan]
    assert all("USING" in step for step in steps), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps
