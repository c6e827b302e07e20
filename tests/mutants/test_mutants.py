"""Mistakes planted in a copy of the package: the tests find each of them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.mutants import IN_CI, MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
FAILED = 1
"""pytest's exit code where tests ran and some failed: no other trouble counts as a kill."""


def planted(mutant: Mutant, folder: Path) -> Path:
    """A copy of the sources with the mistake in it."""
    sources = folder / "service"
    shutil.copytree(ROOT / "service", sources, ignore=shutil.ignore_patterns("__pycache__"))
    path = sources / "setpoint" / mutant.path
    text = path.read_text()
    assert text.count(mutant.before) == 1, f"{mutant.path} no longer holds {mutant.before!r}"
    path.write_text(text.replace(mutant.before, mutant.after))
    return sources


def run(sources: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(sources), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_copy_is_what_is_tested(tmp_path: Path) -> None:
    sources = planted(MUTANTS[0], tmp_path)

    found = run(sources, "-c", "import setpoint.runs.evolve as it; print(it.__file__)")

    assert found.stdout.startswith(str(sources))


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(mutant, id=mutant.name, marks=[pytest.mark.proof] if number >= IN_CI else [])
        for number, mutant in enumerate(MUTANTS)
    ],
)
def test_the_tests_find_it(mutant: Mutant, tmp_path: Path) -> None:
    sources = planted(mutant, tmp_path)

    tried = run(sources, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutant.tests)

    assert tried.returncode == FAILED, tried.stdout[-2000:] + tried.stderr[-2000:]
