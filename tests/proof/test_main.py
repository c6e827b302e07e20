"""`python -m proof`: one table, and the same as JSON."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from proof.__main__ import PROOFS, main
from proof.figure import Figure
from proof.service import ROOT


def test_the_figures_are_a_table_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["rivals", "--part", "0.1", "--json", str(tmp_path / "figures.json")])

    written = json.loads((tmp_path / "figures.json").read_text())
    assert code == 0
    assert {name: {row["proof"] for row in rows} for name, rows in written["figures"].items()} == {"rivals": {"rivals"}}
    assert written["command"] == "python -m proof rivals --part 0.1"
    assert {"date", "machine", "load"} < written.keys()
    assert "split by Setpoint" in capsys.readouterr().out


def test_there_is_no_other_proof_than_these(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["luck"])
    assert "luck" in capsys.readouterr().err
    assert list(PROOFS) == [
        "checker",
        "kills",
        "replicas",
        "failover",
        "parted",
        "patroni",
        "power",
        "disk",
        "faults",
        "flips",
        "reconnects",
        "interface",
        "rivals",
        "fuzz",
        "soak",
        "mutants",
        "properties",
    ]


def test_a_proof_that_breaks_counts_as_failed_and_those_after_it_are_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(part: float) -> list[Figure]:
        raise OSError(f"no room for {part:g} of it")

    def sound(part: float) -> list[Figure]:
        return [Figure("sound", "found", part, "", ok=True)]

    monkeypatch.setattr("proof.__main__.PROOFS", {"broken": broken, "sound": sound})

    assert main(["broken", "sound", "--part", "0.5"]) == 1
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows if "OSError: no room for 0.5 of it" in row] == ["broken"]
    assert [row.split()[0] for row in rows if "found" in row] == ["sound"]


def test_ctrl_c_ends_it_with_what_was_found_by_then(tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-m", "proof", "kills", "--json", str(tmp_path / "figures.json")]
    with subprocess.Popen(command, cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        while "seeds 1 to 1000" not in process.stdout.readline():
            pass
        os.killpg(process.pid, signal.SIGINT)
        said, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "interrupted" in said
    assert errors == ""
    found = json.loads((tmp_path / "figures.json").read_text())["figures"]
    assert {figure["proof"] for figure in found["kills"]} == {"kill -9", "kills"}
