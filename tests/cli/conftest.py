"""The files that the examples read, and a folder for what they write."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from setpoint.testing import Service, service
from tests.cli.shell import SPEC, check_in, run

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


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    """A service that the commands find, with the run resnet50: two workers at epoch 6, and sealed before 8."""
    with service() as found:
        monkeypatch.setenv("SETPOINT_URL", found.url)
        run("create resnet50 step.json --label team=vision")
        for epoch in range(7):
            check_in(found.url, "rank0", epoch)
        check_in(found.url, "rank1", 5)
        yield found
