"""All of a store in another: with the same bits, again from where it was, and nothing that is half a copy is served."""

import math
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from setpoint.access.event import TokenCreated, TokenRecorded
from setpoint.cli.main import main
from setpoint.coordination.ports import Entry, Filter, Journal
from setpoint.journal import copy
from setpoint.journal.copy import NotCopied, names
from setpoint.journal.postgres.address import parsed
from setpoint.journal.postgres.journal import opened as postgres
from setpoint.journal.sqlite.journal import opened as sqlite
from setpoint.journal.unusable import StoreUnusable
from setpoint.runs.command import Measure, OpenAttempt, Patch
from setpoint.server import stores
from setpoint.server.stores import Told
from tests.coordination.runs import ANY, HALVE, check_in, coordinator, create, within
from tests.postgres.server import server

KINDS = ["sqlite", "postgresql"]


def ignored(*_: object) -> None:
    return


QUIET = Told(ignored, ignored, ignored)


def url(kind: str, folder: Path, name: str) -> str:
    return f"sqlite:///{folder / name}.db" if kind == "sqlite" else server().database()


async def opened(where: str) -> Journal:
    if where.startswith("sqlite"):
        return await sqlite(Path(where.removeprefix("sqlite:///")))
    return await postgres(parsed(where))


async def filled(where: str) -> None:
    """Three runs, of which one is archived: sealed epochs, a change, an attempt, metrics, labels; and two tokens."""
    journal = await opened(where)
    runs = coordinator(journal)
    await runs.handle("first", create(plateau={"variant": "torch"}), actor="ada")
    for epoch in range(7):
        await runs.handle("first", check_in(epoch), actor="w0")
    await runs.handle("first", Measure("w0", 3, math.nan, 1.0, 1), actor="w0")
    await runs.handle("first", HALVE, actor="ada")
    await runs.handle("first", OpenAttempt(4, ANY, "values"), actor="ada")
    await runs.handle("gone", create(), actor="bob")
    await runs.handle("gone", Patch("archived"), actor="bob")
    await runs.handle("last", create(groups={"head": {"kind": "constant", "initial_lr": 0.1}}), actor="ada")
    await runs.handle("last", Patch(labels={"team": "vision"}), actor="ada")
    await journal.append_tokens([token(1), token(2)])
    await journal.close()


def token(number: int) -> TokenRecorded:
    event = TokenCreated(f"t{number}", "laptop", "0" * 64, "worker", ("first",))
    return TokenRecorded(number, event, "2026-05-04T03:02:01.000Z", "ada")


async def everything(where: str) -> list[object]:
    journal = await opened(where)
    shown = [await journal.list(Filter(state=state, labels=labels)) for state, labels in LISTS]
    found: list[object] = [page.runs for page in shown]
    found.append(await journal.token_events(0))
    for name in await names(journal):
        found.append((name, [(each.id, each.origin, repr(each.event)) for each in await journal.recorded(name, 0, 99)]))
        run = await journal.load(name)
        assert run is not None
        found.append(repr(vars(run) | {"attempts": [repr(vars(each)) for each in run.attempts]}))
    await journal.close()
    return found


LISTS = ((None, None), ("archived", None), (None, {"team": "vision"}))


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_a_copy_is_the_same_to_the_bit_whatever_the_engines(source: str, target: str, tmp_path: Path) -> None:
    original, copied = url(source, tmp_path, "original"), url(target, tmp_path, "copy")

    async def scenario() -> None:
        await filled(original)

        assert await stores.copy(original, copied, QUIET) == 23

        assert await everything(copied) == await everything(original)

    within(30, scenario)


def test_a_copy_that_was_interrupted_is_not_served_and_goes_on_from_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, copied = url("sqlite", tmp_path, "original"), url("postgresql", tmp_path, "copy")
    monkeypatch.setattr(copy, "PAGE", 3)
    written = list[int]()

    def count(_done: int, _of: int, events: int) -> None:
        written.append(events)

    def interrupt(_done: int, _of: int, events: int) -> None:
        if events >= 6:
            raise KeyboardInterrupt

    async def scenario() -> None:
        await filled(original)
        with suppress(KeyboardInterrupt):
            await stores.copy(original, copied, Told(ignored, interrupt, ignored))
        with pytest.raises(StoreUnusable, match="not finished"):
            await opened(copied)

        await stores.copy(original, copied, Told(ignored, count, ignored))

        assert written[-1] == 23 - 8
        assert await everything(copied) == await everything(original)

    within(30, scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_has_something_in_it_is_not_copied_into(kind: str, tmp_path: Path) -> None:
    original, other = url("sqlite", tmp_path, "original"), url(kind, tmp_path, "other")

    async def scenario() -> None:
        await filled(original)
        await filled(other)

        with pytest.raises(StoreUnusable, match="of its own"):
            await stores.copy(original, other, QUIET)

    within(30, scenario)


def test_a_copy_that_is_not_the_same_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, copied = url("sqlite", tmp_path, "original"), url("sqlite", tmp_path, "copy")

    async def one_too_few(source: Journal, target: Journal, progress: object) -> None:
        recorded = tuple(await source.recorded("gone", 0, 1))
        run = await source.load("gone")
        assert run is not None
        await target.append(Entry(0, recorded, run))

    async def scenario() -> None:
        await filled(original)
        monkeypatch.setattr(stores, "copied", one_too_few)

        with pytest.raises(NotCopied, match="first and 1 more in the source alone"):
            await stores.copy(original, copied, QUIET)
        with pytest.raises(StoreUnusable, match="not finished"):
            await opened(copied)

    within(30, scenario)


def test_the_life_of_the_store_goes_on_in_its_copy(tmp_path: Path) -> None:
    original, copied = url("postgresql", tmp_path, "original"), url("sqlite", tmp_path, "copy")
    server().does(original.rpartition("/")[2], "CREATE TABLE IF NOT EXISTS unrelated ()")

    async def scenario() -> None:
        await filled(original)
        server().does(original.rpartition("/")[2], "UPDATE setpoint.meta SET incarnation = 7")

        await stores.copy(original, copied, QUIET)

        copy_of_it = await opened(copied)
        assert copy_of_it.incarnation == 7
        await copy_of_it.close()

    within(30, scenario)


def test_a_store_that_is_not_there_is_not_copied(tmp_path: Path) -> None:
    for source in (f"sqlite:///{tmp_path}/nowhere.db", server().database()):
        with pytest.raises(StoreUnusable, match="there is no"):
            within(30, partial(stores.copy, source, f"sqlite:///{tmp_path}/copy.db", QUIET))
    assert list(tmp_path.iterdir()) == []


def test_the_command_shows_how_far_it_is_and_what_came_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    original, copied = url("sqlite", tmp_path, "original"), url("postgresql", tmp_path, "copy")
    within(30, lambda: filled(original))

    assert main(["copy", original, copied]) == 0

    said = capsys.readouterr()
    assert said.out == "Copied 23 events, and compared them: the same in both. Serve only the copy from now on.\n"
    assert [line.split("]")[1] for line in said.err.splitlines()] == [" 100 % 3 of 3 runs, 23 events"] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_tables_are_brought_to_this_version_once(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = url(kind, tmp_path, "store")

    assert main(["migrate", "--database-url", where]) == 0
    assert main(["migrate", "--database-url", where]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "The tables were brought from step 0 to step 1.",
        "The tables are of this version already (step 1).",
    ]
