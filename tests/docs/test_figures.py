"""Figures are shown as they were printed, with where and when."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import SCRIPTS
from proof.__main__ import PROOFS
from tests.api_runs.process import ROOT
from tools.site import figures, keep

KEPT = {
    "date": "2026-11-26",
    "machine": "2 cores",
    "command": "make proof",
    "figures": [
        {"proof": "kills", "what": "observations", "value": 1234567, "required": "", "ok": True},
        {"proof": "power", "what": "lost", "value": 1, "required": "0", "ok": False},
    ],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    return tmp_path


def test_a_figure_stands_with_what_was_asked_for(folder: Path) -> None:
    (folder / "proof.json").write_text(json.dumps(KEPT), encoding="utf-8")

    assert figures.table("proof").splitlines() == [
        "2026-11-26, 2 cores; printed by `make proof`.",
        "",
        "| Proof | What | Value | Required |  |",
        "|---|---|---|---|---|",
        "| kills | observations | 1,234,567 |  |  |",
        "| power | lost | 1 | 0 | **missed** |",
    ]


def test_every_proof_is_told_with_its_command() -> None:
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")

    assert {proof for proof in PROOFS if f"`python -m proof {proof}`" not in text} == set()


def test_every_benchmark_is_told_with_its_command() -> None:
    text = (ROOT / "docs/performance.md").read_text(encoding="utf-8")

    assert {script for script in SCRIPTS if f"`python -m benchmarks {script}`" not in text} == set()


def test_the_readme_has_the_figures_that_are_kept() -> None:
    readme = keep.README.read_text(encoding="utf-8")

    assert keep.with_figures(readme) == readme


def test_a_figure_beside_a_peer_is_told_as_a_ratio(folder: Path) -> None:
    row = {"what": "GET /v1/runs/{run}/lr, sealed / raw ASGI", "ours": 30.0, "peer": 27.0, "unit": "us", "ratio": 0.9}
    (folder / "bench.json").write_text(
        json.dumps({**KEPT, "figures": [{**row, "goal": 0.8, "ok": True}]}), encoding="utf-8"
    )

    assert figures.digest().splitlines()[2:] == [
        "| GET /v1/runs/{run}/lr, sealed / raw ASGI | 0.9 times | 0.8 | `python -m benchmarks hot` |",
        "",
        "2026-11-26, 2 cores: `make proof`.",
    ]


def test_where_none_were_kept_that_is_said(folder: Path) -> None:
    assert figures.table("proof") == figures.NONE_YET


def test_what_the_proofs_wrote_is_kept_with_the_machine_and_the_date() -> None:
    found = [{"proof": "power", "what": "lost", "value": 0, "required": "0", "ok": True}]

    assert keep.kept("proof", found, "2 cores", "2026-11-26", "make proof") == {
        "date": "2026-11-26",
        "machine": "2 cores",
        "command": "make proof",
        "figures": [{"proof": "power", "figure": "lost", "value": 0, "required": "0", "ok": True}],
    }


def test_what_the_benchmarks_wrote_by_name_is_kept_in_one_table() -> None:
    found = {
        "hot": [{"name": "sealed", "unit": "us", "ours": 30.0, "peer": 27.0, "rate": 0.9, "goal": 0.8, "is_met": True}],
        "many_runs": [{"name": "start-up", "unit": "s", "found": 3.0, "goal": 2.0, "is_met": False}],
    }

    assert keep.kept("bench", found, "", "", "")["figures"] == [
        {"what": "sealed", "ours": 30.0, "peer": 27.0, "unit": "us", "ratio": 0.9, "goal": 0.8, "ok": True},
        {"what": "start-up", "ours": 3.0, "peer": None, "unit": "s", "ratio": None, "goal": 2.0, "ok": False},
    ]
