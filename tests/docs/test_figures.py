"""Figures are shown as they were printed, with where and when."""

import json
import re
from pathlib import Path

import pytest

from benchmarks.__main__ import SCRIPTS
from proof.__main__ import PROOFS
from tests.api_runs.process import ROOT
from tools import stamp
from tools.site import figures, keep

WHERE = {"date": "2026-11-26", "machine": "2 cores", "load": 0.25}
PROVEN: figures.Document = {
    **WHERE,
    "command": "python -m proof",
    "figures": {
        "kills": [{"proof": "kill -9", "what": "observations", "value": 1234567, "required": "", "ok": True}],
        "power": [{"proof": "power loss", "what": "lost", "value": 1, "required": "0", "ok": False}],
    },
}
ROW = {"name": "GET, sealed / raw ASGI", "unit": "us", "ours": 30.0, "peer": 27.0, "ratio": 0.9}
TIMED: figures.Document = {
    **WHERE,
    "command": "python -m benchmarks hot",
    "figures": {"hot": [{**ROW, "at_least": 0.8, "at_most": None, "is_met": True}]},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    return tmp_path


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_figure_stands_with_what_was_asked_for(folder: Path) -> None:
    written(folder / "proof.json", [PROVEN])

    assert figures.table("proof").splitlines() == [
        "2026-11-26, 2 cores, load 0.25 when it began; printed by `python -m proof`.",
        "",
        "| Proof | Figure | Value | Required |",
        "|---|---|---|---|",
        "| kills | kill -9: observations | 1,234,567 |  |",
        "| power | power loss: lost | 1 | 0, **missed** |",
    ]


def test_a_benchmark_stands_beside_its_peer_and_its_goal(folder: Path) -> None:
    written(folder / "bench.json", [TIMED])

    assert figures.table("bench").splitlines()[2:] == [
        "| Benchmark | What | Ours | Peer's | Ratio | Goal |",
        "|---|---|---|---|---|---|",
        "| hot | GET, sealed / raw ASGI | 30&nbsp;us | 27&nbsp;us | 0.9 | ≥ 0.8 |",
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


def test_the_readme_tells_a_ratio_and_where_it_was_printed(folder: Path) -> None:
    written(folder / "bench.json", [TIMED])
    written(folder / "proof.json", [PROVEN])

    assert figures.digest().splitlines()[2:] == [
        "| kill -9: observations | 1,234,567 |  | `python -m proof kills` |",
        "| GET, sealed / raw ASGI | 0.9 times | ≥ 0.8 | `python -m benchmarks hot` |",
        "",
        "2026-11-26, 2 cores, load 0.25 when it began: `python -m proof`, `python -m benchmarks hot`.",
    ]


def test_where_none_were_kept_that_is_said(folder: Path) -> None:
    assert (figures.table("proof"), figures.digest()) == (figures.NONE_YET, figures.NONE_YET)


def test_what_is_kept_anew_replaces_the_same_and_leaves_the_rest(folder: Path) -> None:
    kills = PROVEN["figures"]["kills"]
    later: figures.Document = {
        **WHERE,
        "date": "2026-12-01",
        "command": "python -m proof power",
        "figures": {"power": []},
    }
    written(folder / "proof.json", [PROVEN])

    assert keep.merged(figures.kept("proof"), later) == [{**PROVEN, "figures": {"kills": kills}}, later]


def test_several_documents_are_kept_and_the_readme_shows_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = folder / "README.md"
    readme.write_text("<!-- figures -->\nold\n<!-- end -->\n", encoding="utf-8")
    monkeypatch.setattr(keep, "README", readme)

    keep.keep("proof", [written(folder / "one.json", PROVEN), written(folder / "two.json", PROVEN)])

    assert figures.kept("proof") == [PROVEN]
    assert readme.read_text(encoding="utf-8") == f"<!-- figures -->\n\n{figures.digest()}\n\n<!-- end -->\n"


def test_figures_carry_the_date_and_the_machine_but_not_its_name() -> None:
    printed = stamp.stamp("make proof")

    assert printed.keys() == {"date", "machine", "load", "command"}
    assert re.fullmatch(r"\d+ cores of \w+ and \d+ GiB, \w+ [\d.]+, Python [\d.]+", printed["machine"])
