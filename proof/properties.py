"""The long runs of the properties: the reference machine for many steps, and the tests that are marked `proof`.

Those of the frameworks are run in their environment, which `make proof` makes.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from proof.figure import Figure, all_of, told
from proof.service import ROOT

_FRAMEWORKS = ROOT / ".venv-frameworks/bin/python"


def run(steps: int = 1_000_000) -> list[Figure]:
    """All of them, told while they run."""
    machine = list(_cases(sys.executable, "tests/runs/test_reference.py", SETPOINT_STEPS=str(steps)))
    cases = [*machine, *_cases(str(_FRAMEWORKS), "tests/frameworks", "-m", "proof")]
    others = [f"{case.get('classname')}.{case.get('name')}" for case in cases if len(case)]
    missing = [] if _FRAMEWORKS.exists() else [f"{_FRAMEWORKS.parts[-3]} (`make {_FRAMEWORKS.parts[-3]}/ready`)"]
    return [
        told("properties", "steps of the coordination room beside the reference", steps),
        all_of("properties", "long runs that passed", len(cases) - len(others), max(1, len(cases))),
        Figure("properties", "environments that are missing", ", ".join(missing) or "none", "none", not missing),
        told("properties", "tests that failed or were skipped", ", ".join(others) or "none"),
    ]


def _cases(python: str, *tests: str, **environment: str) -> Iterator[ElementTree.Element]:
    if not Path(python).exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = (python, "-m", "pytest", *tests, "-v", "-s", "-o", "faulthandler_timeout=0")
        variables = {**os.environ, "KERAS_BACKEND": "jax", **environment}
        subprocess.run([*command, f"--junitxml={report}"], cwd=ROOT, env=variables, check=False)
        yield from ElementTree.parse(report).iter("testcase")
