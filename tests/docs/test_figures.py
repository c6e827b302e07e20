"""Figures are shown as they were printed, with where and when."""

import json
from pathlib import Path

import pytest

from tools.site import figures

KEPT = {
    "date": "2026-11-26",
    "machine": "2 cores",
    "command": "make proof",
    "figures": [
        {"proof": "kills", "what": "observations", "value": 1234567, "required": "", "ok": True},
        {"proof": "power", "what": "lost", "value": 1, "required": "0", "ok": False},
    ],
}


@pytest.fixture(autouse=True)
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


def test_where_none_were_kept_that_is_said(folder: Path) -> None:
    assert figures.table("proof") == figures.NONE_YET
