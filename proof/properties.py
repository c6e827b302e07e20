"""The long runs of the properties: the tests that are marked `proof`, those of the frameworks in their environment."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from proof.figure import Figure, all_of, none, told
from proof.service import ROOT

_FRAMEWORKS = ROOT / ".venv-frameworks/bin/python"


def run() -> list[Figure]:
    """All of them, told while they run."""
    cases = [*_cases(sys.executable, "tests"), *_cases(str(_FRAMEWORKS), "tests/frameworks")]
    others = [f"{case.get('classname')}.{case.get('name')}" for case in cases if len(case)]
    return [
        all_of("properties", "tests marked proof that passed", len(cases) - len(others), max(1, len(cases))),
        none("properties", "environments that are missing", int(not _FRAMEWORKS.exists())),
        told("properties", "tests that failed or were skipped", ", ".join(others) or "none"),
    ]


def _cases(python: str, tests: str) -> Iterator[ElementTree.Element]:
    if not Path(python).exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = (python, "-m", "pytest", tests, "-m", "proof", "-v", "-s", "-o", "faulthandler_timeout=0")
        environment = {**os.environ, "KERAS_BACKEND": "jax"}
        subprocess.run([*command, f"--junitxml={report}"], cwd=ROOT, env=environment, check=False)
        yield from ElementTree.parse(report).iter("testcase")
