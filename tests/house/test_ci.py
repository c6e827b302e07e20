"""What counts as passed on CI."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPED_TEST = "import pytest\n\n@pytest.mark.skip(reason='no wind')\ndef test_sails(): pass\n"
SKIPPED_MODULE = "import pytest\npytest.importorskip('no_such_module')\ndef test_sails(): pass\n"
EXPECTED_FAILURE = "import pytest\n\n@pytest.mark.xfail\ndef test_sails(): assert False\n"


def outcome(folder: Path, source: str, ci: str) -> tuple[int, str]:
    """The exit code and the output of pytest on `source`, with this project's conftest."""
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "test_it.py"],
        cwd=folder,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_skipped_test_fails_on_ci(tmp_path: Path) -> None:
    code, output = outcome(tmp_path, SKIPPED_TEST, ci="true")

    assert (code, "1 error" in output, "no wind" in output) == (1, True, True)


def test_a_skipped_module_fails_on_ci(tmp_path: Path) -> None:
    code, output = outcome(tmp_path, SKIPPED_MODULE, ci="true")

    assert (code != 0, "1 error" in output, "no_such_module" in output) == (True, True, True)


def test_a_skipped_test_is_only_told_elsewhere(tmp_path: Path) -> None:
    code, output = outcome(tmp_path, SKIPPED_TEST, ci="")

    assert (code, "1 skipped" in output) == (0, True)


def test_a_failure_that_is_expected_does_not_fail_on_ci(tmp_path: Path) -> None:
    code, output = outcome(tmp_path, EXPECTED_FAILURE, ci="true")

    assert (code, "1 xfailed" in output) == (0, True)


@pytest.mark.parametrize("step", ["check", "test", "test-frameworks", "test-browser", "docs", "fuzz"])
def test_ci_runs_every_step(step: str) -> None:
    assert re.search(rf" {step}( |$)", (ROOT / ".ci/run").read_text(encoding="utf-8"), re.MULTILINE)
