"""What every engine does: the contract of the port, in the words of its tests."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from setpoint.coordination.ports import Filter, Journal, Overtaken
from setpoint.errors import InvalidRequest, StorageFull
from setpoint.runs.event import Labelled, StateChanged
from setpoint.runs.state import Run
from tests.coordination.runs import creation, entry, sealing, within
from tests.journal.engines import ENGINES, Engine

Scenario = Callable[[Journal], Awaitable[None]]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return ENGINES[request.param](tmp_path)


def on(engine: Engine, scenario: Scenario) -> None:
    async def work() -> None:
        journal = await engine.open()
        try:
            await scenario(journal)
        finally:
            await journal.close()

    within(10, work)


async def written(journal: Journal, *names: str) -> list[Run]:
    entries = [creation(name) for name in names]
    for each in entries:
        await journal.append(each)
    return [each.run for each in entries]


def test_a_run_that_was_never_written_is_none(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        assert await journal.load("mnist") is None
        assert await journal.recorded("mnist", 0, 10) == []

    on(engine, scenario)


def test_a_load_sees_all_that_was_enqueued_before_it(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        first = creation()
        second = sealing(first.run, 0)
        third = sealing(second.run, 1)
        for each in (first, second, third):
            journal.append(each)

        assert await journal.load("mnist") == third.run

    on(engine, scenario)


def test_what_was_written_is_there_when_the_store_is_opened_again(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        (run,) = await written(journal, "mnist")
        done = journal.append(sealing(run, 0))
        await journal.close()
        assert done.done()

        again = await engine.open()
        assert await again.load("mnist") == sealing(run, 0).run
        await again.close()

    within(10, lambda: _opened(engine, scenario))


async def _opened(engine: Engine, scenario: Scenario) -> None:
    await scenario(await engine.open())


def test_an_entry_that_expects_another_state_is_overtaken_alone(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        mnist, cifar = await written(journal, "mnist", "cifar")
        await journal.append(sealing(mnist, 0))

        late, fine = journal.append(sealing(mnist, 1)), journal.append(sealing(cifar, 0))
        with pytest.raises(Overtaken):
            await late
        await fine

        assert await journal.load("mnist") == sealing(mnist, 0).run
        assert await journal.load("cifar") == sealing(cifar, 0).run

    on(engine, scenario)


def test_a_run_is_created_once(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        first, second = journal.append(creation()), journal.append(creation(labels={"team": "other"}))
        await first
        with pytest.raises(Overtaken):
            await second

        assert await journal.load("mnist") == creation().run

    on(engine, scenario)


def test_what_was_decided_on_a_lost_entry_is_lost_too_although_its_number_fits(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        (run,) = await written(journal, "mnist")
        theirs, ours = sealing(run, 0, "theirs"), sealing(run, 0, "ours")
        await journal.append(theirs)
        upon_ours = sealing(ours.run, 1, "ours")
        assert upon_ours.expected == theirs.run.version

        lost, lost_with_it = journal.append(ours), journal.append(upon_ours)
        for each in (lost, lost_with_it):
            with pytest.raises(Overtaken):
                await each

        loaded = await journal.load("mnist")
        assert loaded == theirs.run
        await journal.append(sealing(theirs.run, 1, "ours"))

    on(engine, scenario)


def test_a_group_that_fails_is_not_written_and_neither_is_what_stands_on_it(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        (run,) = await written(journal, "mnist")
        lost = sealing(run, 0)
        engine.break_next_commit()

        with pytest.raises(StorageFull):
            await journal.append(lost)
        with pytest.raises(Overtaken):
            await journal.append(sealing(lost.run, 1))

        assert await journal.load("mnist") == run
        await journal.append(sealing(run, 0, "later"))
        assert await journal.load("mnist") == sealing(run, 0, "later").run

    on(engine, scenario)


def test_a_version_is_confirmed_once_all_before_it_is_written(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        await journal.confirm("mnist", 0)
        first = creation()
        second = sealing(first.run, 0)
        journal.append(first)
        journal.append(second)

        await journal.confirm("mnist", second.run.version)

    on(engine, scenario)


def test_events_are_read_in_order_from_any_of_them_on(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        (run,) = await written(journal, "mnist")
        second = sealing(run, 0)
        await journal.append(second)

        assert [each.id for each in await journal.recorded("mnist", 0, 10)] == [1, 2, 3]
        assert await journal.recorded("mnist", 1, 10) == list(second.recorded)
        assert [each.id for each in await journal.recorded("mnist", 0, 2)] == [1, 2]
        assert await journal.recorded("mnist", 3, 10) == []
        assert await journal.recorded("mnist", 9, 10) == []

    on(engine, scenario)


def test_the_events_of_all_runs_are_read_from_a_cursor_on(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        start = await journal.latest()
        mnist, _ = await written(journal, "mnist", "cifar")
        await journal.append(sealing(mnist, 0))

        told = await journal.since(start, 10)
        assert [(each.run, each.recorded.id) for each in told] == [
            ("mnist", 1),
            ("cifar", 1),
            ("mnist", 2),
            ("mnist", 3),
        ]
        assert await journal.since(told[1].cursor, 10) == told[2:]
        assert await journal.since(start, 2) == told[:2]
        assert await journal.since(await journal.latest(), 10) == []
        for never in ("x", "", "MQ==", "🙂"):
            with pytest.raises(InvalidRequest):
                await journal.since(never, 10)

    on(engine, scenario)


def test_a_cursor_of_another_store_is_refused(engine: Engine, tmp_path: Path) -> None:
    async def scenario(journal: Journal) -> None:
        (tmp_path / "other").mkdir()
        other = await type(engine)(tmp_path / "other").open()
        await written(other, "mnist")
        cursor = await other.latest()
        await other.close()

        with pytest.raises(InvalidRequest):
            await journal.since(cursor, 10)

    on(engine, scenario)


def test_the_list_shows_the_newest_first_page_by_page(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        await written(journal, "a", "c", "b", "d", "e")

        first = await journal.list(Filter(limit=2))
        second = await journal.list(Filter(limit=2, after=first.next))
        third = await journal.list(Filter(limit=2, after=second.next))

        assert [[run.name for run in page.runs] for page in (first, second, third)] == [["e", "d"], ["b", "c"], ["a"]]
        assert third.next is None
        assert (await journal.list(Filter(limit=5))).next is None
        with pytest.raises(InvalidRequest):
            await journal.list(Filter(after="no cursor"))

    on(engine, scenario)


def test_the_list_shows_a_run_as_it_is_now(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        first = creation(labels={"team": "vision"})
        await journal.append(first)
        await journal.append(sealing(first.run, 1))

        (shown,) = (await journal.list(Filter())).runs
        assert (shown.name, shown.state, dict(shown.labels), shown.unit) == (
            "mnist",
            "running",
            {"team": "vision"},
            "epoch",
        )
        assert (shown.attempt, shown.position, shown.frontier, shown.plan_version) == (1, 1, 2, 1)
        assert shown.created_at == "2026-05-04T03:02:01.000Z"

    on(engine, scenario)


def test_the_list_is_filtered_by_state_and_hides_what_is_archived(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        runs = await written(journal, "going", "done", "hidden")
        await journal.append(entry(runs[1], StateChanged("finished"), name="done"))
        await journal.append(entry(runs[2], StateChanged("archived"), name="hidden"))

        async def names(state: str | None) -> list[str]:
            return [run.name for run in (await journal.list(Filter(state=state))).runs]

        assert await names(None) == ["done", "going"]
        assert await names("running") == ["going"]
        assert await names("finished") == ["done"]
        assert await names("archived") == ["hidden"]

    on(engine, scenario)


def test_the_list_is_filtered_by_all_labels_as_they_are_now(engine: Engine) -> None:
    async def scenario(journal: Journal) -> None:
        for name, labels in {
            "a": {"team": "x", "gpu": "8"},
            "b": {"team": "x"},
            "c": {"team": "y", "gpu": "8"},
        }.items():
            await journal.append(creation(name, labels=labels))

        async def names(**labels: str) -> list[str]:
            return [run.name for run in (await journal.list(Filter(labels=labels))).runs]

        assert await names(team="x") == ["b", "a"]
        assert await names(team="x", gpu="8") == ["a"]
        run = await journal.load("a")
        await journal.append(entry(run, Labelled({"team": "y"}), name="a"))
        assert await names(team="x") == ["b"]
        assert await names(team="y") == ["c", "a"]
        assert await names(gpu="8") == ["c"]
        await journal.append(entry(await journal.load("c"), StateChanged("archived"), name="c"))
        assert await names(team="y") == ["a"]
        found = (await journal.list(Filter(state="archived", labels={"team": "y"}))).runs
        assert [run.name for run in found] == ["c"]

    on(engine, scenario)


@pytest.mark.parametrize(
    ("globs", "names"),
    [
        (("bert_*",), ["bert_2", "bert_1"]),
        (("bert?1", "a"), ["bertx1", "bert_1", "a"]),
        (("BERT_1", "bert", "%"), []),
        (("*",), ["bertx1", "bert_2", "bert_1", "a"]),
    ],
)
def test_the_list_is_of_the_runs_whose_names_match(engine: Engine, globs: tuple[str, ...], names: list[str]) -> None:
    async def scenario(journal: Journal) -> None:
        await written(journal, "a", "bert_1", "bert_2", "bertx1")

        assert [run.name for run in (await journal.list(Filter(names=globs))).runs] == names

    on(engine, scenario)


def test_an_exclusive_journal_tells_of_no_other_writers(tmp_path: Path) -> None:
    async def scenario(journal: Journal) -> None:
        assert journal.exclusive
        assert [moved async for moved in journal.changed()] == []

    on(ENGINES["sqlite"](tmp_path), scenario)
