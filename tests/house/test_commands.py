"""What is typed to work on Setpoint."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = [
    "run", "test", "test-frameworks", "test-browser", "check", "docs", "openapi", "bench", "bench-pages", "pictures",
    "proof", "fuzz", "dist", "sbom", "lock",
]  # fmt: skip


def test_make_alone_tells_what_there_is_to_make() -> None:
    told = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, timeout=20, check=True).stdout

    assert [line.split()[1] for line in told.splitlines() if line.startswith("  make ")] == ["help", *TARGETS]


@pytest.mark.parametrize("python", ["no-such-python", "false"])
def test_without_a_python_that_is_new_enough_the_way_out_is_told(python: str, tmp_path: Path) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    (tmp_path / "bin").mkdir()
    for program in ("dirname", "false"):
        (tmp_path / "bin" / program).symlink_to(shutil.which(program) or program)

    made = subprocess.run(
        [shell, ROOT / "tools/environment.sh", tmp_path / "venv", "locks/dev.txt"],
        env={"PATH": str(tmp_path / "bin"), "PYTHON": python},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert made.returncode == 1
    assert made.stderr.splitlines() == [
        f"Setpoint needs Python 3.11 or newer, and none is here (tried: {python}).",
        "Install one, or say where it is: make PYTHON=/path/to/python3.12 ...",
    ]
    assert not (tmp_path / "venv").exists()


def test_the_scripts_can_be_run() -> None:
    for script in (".ci/run", "deploy/slim", "tools/environment.sh", "tools/lock.sh"):
        assert os.access(ROOT / script, os.X_OK), script
