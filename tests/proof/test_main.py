"""`python -m proof`: one table, and the same as JSON."""

import json
from pathlib import Path

import pytest

from proof.__main__ import PROOFS, main


def test_the_figures_are_a_table_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["rivals", "--part", "0.1", "--json", str(tmp_path / "figures.json")])

    figures = json.loads((tmp_path / "figures.json").read_text())
    assert code == 0
    assert {figure["proof"] for figure in figures} == {"rivals"}
    assert "split by Setpoint" in capsys.readouterr().out


def test_there_is_no_other_proof_than_these(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["luck"])
    assert "luck" in capsys.readouterr().err
    assert list(PROOFS) == [
        "checker",
        "kills",
        "power",
        "disk",
        "faults",
        "flips",
        "reconnects",
        "interface",
        "rivals",
        "soak",
        "mutants",
    ]
