"""The files that the examples read, and a folder for what they write."""

import json
from pathlib import Path

import pytest

from tests.cli.shell import SPEC

COSINE = {"kind": "cosine", "initial_lr": 0.1, "epochs": 50}
CALL = {"library": "torch", "scheduler": "StepLR", "arguments": {"step_size": 5}, "initial_lr": 0.1}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the files in it; and a terminal of ordinary size."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    files = {"spec.json": COSINE, "other.json": COSINE | {"epochs": 60}, "step.json": SPEC, "call.json": CALL}
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path
