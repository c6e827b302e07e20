"""What the public CI does is what `.ci/run` does, and what a release does."""

import json
import re
from pathlib import Path

import pytest

from setpoint import __version__

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / ".github/workflows").glob("*.yml")}
MADE = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_public_ci_runs_all_that_a_change_has_to_pass() -> None:
    assert "- run: .ci/run\n" in WORKFLOWS["ci"]


def test_every_lock_is_audited() -> None:
    assert "for lock in locks/*.txt" in WORKFLOWS["audit"]
    assert "pip-audit" in WORKFLOWS["audit"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_a_workflow_makes_can_be_made(name: str) -> None:
    assert set(re.findall(r"\bmake ([a-z-]+)", WORKFLOWS[name])) <= set(MADE)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_and_nothing_else(name: str) -> None:
    assert "\npermissions:\n  contents: read\n" in WORKFLOWS[name]


def test_the_version_is_the_same_everywhere() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    document = json.loads((ROOT / "openapi/openapi.json").read_text(encoding="utf-8"))

    assert document["info"]["version"] == __version__
    assert re.findall(r"^## (\d+\.\d+\.\d+)", changes, re.MULTILINE)[:1] in ([], [__version__])
