"""What is found in a store, on either engine."""

from pathlib import Path

import pytest

from setpoint.access.event import TokenCreated, TokenRecorded
from setpoint.journal.unusable import StoreUnusable
from setpoint.journal.upkeep import Flaw, Frozen
from setpoint.server import upkeep
from setpoint.settings import Settings
from tests.coordination.runs import ANY, NOW, check_in, coordinator, within
from tests.upkeep.stores import ENGINES, filled, journal, on_sqlite, tampered, verified


@pytest.fixture(params=ENGINES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return filled(ENGINES[request.param](tmp_path), "mnist", "vit")


def test_a_whole_store_has_no_flaws_and_nothing_frozen(settings: Settings) -> None:
    found = verified(settings)

    assert (found.incarnation, found.runs, found.events) == (1, 2, 16)
    assert (found.flaws, found.frozen) == ((), ())


def test_a_damaged_run_is_named_and_the_others_are_looked_at(settings: Settings) -> None:
    tampered(settings, "UPDATE events SET actor = 'eve' WHERE run = 'mnist' AND id = 2")

    found = verified(settings)

    assert found.flaws == (Flaw("mnist", "event 2 is not what was written"),)
    assert found.runs == 2


def test_a_run_whose_row_is_gone_is_found(settings: Settings) -> None:
    tampered(settings, "DELETE FROM runs WHERE name = 'vit'")

    assert verified(settings).flaws == (Flaw("vit", "it has events, but is not among the runs"),)


def test_it_is_looked_through_while_a_service_has_it(settings: Settings) -> None:
    async def scenario() -> None:
        store = await journal(settings)
        runs = coordinator(store)
        await runs.handle("mnist", check_in(3), actor="w0")
        found = await upkeep.verify(settings, lambda runs: None)
        await runs.handle("mnist", check_in(4), actor="w0")
        await store.close()
        assert (found.flaws, found.events) == ((), 18)

    within(30, scenario)


def test_another_life_freezes_every_unfinished_run_until_a_new_attempt(settings: Settings) -> None:
    from setpoint.errors import HistoryDiverged
    from setpoint.runs.command import OpenAttempt, Patch

    assert within(30, lambda: upkeep.reborn(settings)) == 2
    assert verified(settings).frozen == (Frozen("mnist", 1, 3), Frozen("vit", 1, 3))

    async def scenario() -> None:
        store = await journal(settings)
        runs = coordinator(store)
        assert (await runs.handle("mnist", check_in(2), actor="w0")).run.attempt.frontier == 3
        with pytest.raises(HistoryDiverged):
            await runs.handle("mnist", check_in(3), actor="w0")
        opened = await runs.handle("mnist", OpenAttempt(2, ANY), actor="ada")
        await runs.handle("mnist", check_in(3, attempt=opened.run.attempt.number), actor="w0")
        await runs.handle("vit", Patch("finished"), actor="ada")
        await store.close()

    within(30, scenario)
    assert verified(settings).frozen == ()


def test_a_damaged_event_of_tokens_is_found(settings: Settings) -> None:
    recorded = TokenRecorded(1, TokenCreated("t1", "ci", "00", "reader", ("*",)), NOW, "ada")

    async def scenario() -> None:
        store = await journal(settings)
        await store.append_tokens([recorded])
        await store.close()

    within(30, scenario)
    assert verified(settings).flaws == ()
    tampered(settings, "UPDATE token_events SET actor = 'eve'")
    assert verified(settings).flaws == (Flaw("tokens", "event 1 is not what was written"),)


def test_labels_that_a_run_would_be_looked_for_in_vain_by_are_found(tmp_path: Path) -> None:
    settings = filled(on_sqlite(tmp_path), "mnist")
    tampered(settings, "INSERT INTO run_labels SELECT 'team', 'vision', 0, ordinal FROM runs")

    assert verified(settings).flaws == (
        Flaw("run number 1", "it is not found by the labels that it has (the next start mends that)"),
    )


def test_where_there_is_no_store_that_is_said_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="there is no"):
        verified(on_sqlite(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_is_no_store_and_is_left_as_it_is(tmp_path: Path) -> None:
    settings = ENGINES["postgres"](tmp_path)

    for _ in range(2):
        with pytest.raises(StoreUnusable, match="there is no store in the database"):
            verified(settings)
