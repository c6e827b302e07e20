"""The audit log: every decision and every event of tokens, and whether it still is what it was."""

import json
from pathlib import Path
from typing import Any

import pytest

from setpoint.access.event import TokenCreated, TokenRecorded
from setpoint.journal.chain import START, Row, linked
from setpoint.journal.sqlite import sql
from setpoint.journal.upkeep import Flaw
from setpoint.server import upkeep
from setpoint.settings import Settings
from tests.cli.shell import run
from tests.coordination.runs import HALVE, NOW, coordinator, within
from tests.upkeep.stores import ENGINES, filled, journal, on_sqlite, tampered

TOKEN = TokenRecorded(1, TokenCreated("t1", "ci", "00c0ffee", "reader", ("*",)), NOW, "ada")


@pytest.fixture(params=ENGINES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    store = filled(ENGINES[request.param](tmp_path), "mnist", "vit")

    async def scenario() -> None:
        opened = await journal(store)
        await opened.append_tokens([TOKEN])
        await coordinator(opened).handle("mnist", HALVE, actor="eve")
        await opened.close()

    within(30, scenario)
    return store


def exported(settings: Settings, *, everything: bool = False) -> list[dict[str, Any]]:
    async def scenario() -> list[dict[str, Any]]:
        return [json.loads(line) async for line in upkeep.audit(settings, everything=everything)]

    return within(30, scenario)


def against(settings: Settings, export: list[dict[str, Any]], folder: Path) -> tuple[Flaw, ...]:
    file = folder / "audit.ndjson"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in export))
    return within(30, lambda: upkeep.verify(settings, lambda runs: None, file)).flaws


def test_every_decision_and_every_event_of_tokens_is_exported_in_order(settings: Settings) -> None:
    lines = exported(settings)

    assert [(line.get("run"), line["type"], line["actor"]) for line in lines] == [
        (None, "token-created", "ada"),
        ("mnist", "created", "ada"),
        ("mnist", "change", "ada"),
        ("vit", "created", "ada"),
        ("vit", "change", "ada"),
        ("mnist", "change", "eve"),
    ]


def test_a_change_tells_who_when_why_what_and_from_when(settings: Settings) -> None:
    change = exported(settings)[-1]

    told = ("actor", "at", "reason", "op", "effective_epoch", "lr_before", "lr_after")
    assert [change[name] for name in told] == ["eve", NOW, "too fast", "scale", 3, 0.05, 0.025]


def test_nothing_is_told_of_a_tokens_secret(settings: Settings) -> None:
    assert "c0ffee" not in json.dumps(exported(settings, everything=True))


def test_all_that_ever_happened_may_be_exported(settings: Settings) -> None:
    lines = exported(settings, everything=True)

    assert [line["id"] for line in lines if line.get("run") == "mnist"] == [*range(1, 10)]
    assert {"sealed", "progress"} <= {line["type"] for line in lines}


def test_an_export_holds_until_somebody_rewrites_what_it_says(settings: Settings, tmp_path: Path) -> None:
    export = exported(settings)
    assert against(settings, export, tmp_path) == ()

    forged = [{**line, "fingerprint": "00" * 32} if line.get("run") == "vit" else line for line in export]
    assert against(settings, forged, tmp_path) == (
        Flaw("vit", "event 1 is another one than was exported"),
        Flaw("vit", "event 8 is another one than was exported"),
    )
    assert against(settings, [{**export[0], "id": 7}], tmp_path) == (Flaw("tokens", "event 7 is gone"),)


def test_a_chain_rewritten_to_its_end_is_whole_but_contradicts_the_export(tmp_path: Path) -> None:
    settings = filled(on_sqlite(tmp_path), "mnist", epochs=0)
    export = exported(settings)
    assert settings.file is not None
    import apsw

    store = apsw.Connection(str(settings.file))
    previous = START
    for row in sql.rows(store, "SELECT id, kind, at, actor, payload FROM events WHERE run = 'mnist' ORDER BY id"):
        rewritten = Row(*row)._replace(actor="nobody")
        previous = linked("mnist", previous, rewritten)
        sql.do(store, "UPDATE events SET actor = ?, chain = ? WHERE id = ?", ("nobody", previous, row[0]))
    sql.do(store, "UPDATE runs SET chain = ?", (previous,))
    store.close()

    found = against(settings, export, tmp_path)

    assert Flaw("mnist", "event 1 is another one than was exported") in found


def test_the_command_exports_lines_and_verifies_by_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETPOINT_DATA", str(tmp_path))
    settings = filled(on_sqlite(tmp_path), "mnist")
    (tmp_path / "audit.ndjson").write_bytes(run("audit export").raw)

    well = run(f"audit verify --against {tmp_path / 'audit.ndjson'}")
    tampered(settings, "UPDATE events SET at = 'never' WHERE id = 1")
    ill = run("audit verify")

    assert (well.code, well.out) == (0, "1 runs with 8 events, and the tokens: all as they were written\n")
    assert (ill.code, ill.out.splitlines()[0]) == (1, "mnist: event 1 is not what was written")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("export --against audit.ndjson", "--against is for `setpoint audit verify`"),
        ("verify --all", "--all is for `setpoint audit export`"),
        ("verify --against broken.ndjson", "line 1 of broken.ndjson is no line of an audit log"),
        ("explain", "invalid choice"),
    ],
)
def test_what_can_not_be_meant_is_told(words: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SETPOINT_DATA", str(tmp_path))
    filled(on_sqlite(tmp_path), "mnist")
    (tmp_path / "broken.ndjson").write_text("{}\n")

    ended = run(f"audit {words}")

    assert ended.code == 2
    assert told in ended.err
