"""Mutants of the code that seals, serialises and writes, each killed by a test that is named for what it breaks.

A mutant is one edit of the source text, made in a copy. A test that passes on the source and fails on the mutant has
killed it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from proof.figure import Figure, all_of
from proof.mistakes import MUTANTS, Mutant
from proof.service import ROOT

_SECONDS = 120


def run(mutants: Sequence[Mutant] = MUTANTS) -> list[Figure]:
    """Each mutant's test on the source, and on the mutant."""
    tests = sorted({mutant.test for mutant in mutants})
    print(f"mutants: {len(tests)} tests on the source first", flush=True)
    sound = sum(passes(None, test) for test in tests)
    killed = sum(is_killed(mutant) for mutant in mutants)
    return [
        all_of("mutants", "tests that pass on the source", sound, len(tests)),
        all_of("mutants", "mutants killed", killed, len(mutants)),
    ]


def is_killed(mutant: Mutant) -> bool:
    killed = not passes(mutant, mutant.test)
    print(f"mutants: {mutant.name}: {'killed' if killed else 'SURVIVED'}", flush=True)
    return killed


def passes(mutant: Mutant | None, test: str) -> bool:
    """Whether the test passes in a copy of the source with the mutant in it.

    Raises:
        ValueError: the text that the mutant replaces is not there, or not once; or the test is not.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name in ("service", "tests", "proof"):
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        if mutant is not None:
            _edit(Path(folder, "service/setpoint", mutant.file), mutant)
        command = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", test)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, str(Path(folder, "service"))])}
        done = subprocess.run(command, cwd=folder, env=environment, timeout=_SECONDS, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise ValueError(f"{test} was not run: {done.stdout.decode()}{done.stderr.decode()}")
    return done.returncode == 0


def _edit(path: Path, mutant: Mutant) -> None:
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: {mutant.old!r} stands {text.count(mutant.old)} times in {mutant.file}")
    path.write_text(text.replace(mutant.old, mutant.new))
