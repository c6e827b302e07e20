"""What is kept of an environment for the image."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy/slim"
UNUSED = [
    "apsw/_unicode.cpython.so", "apsw/shell.py", "apsw/sqlite_extra_binaries/vec1.so", "numpy/_core/_simd.cpython.so",
    "numpy/f2py/a.py", "numpy/fft/a.py", "numpy/ma/a.py", "numpy/polynomial/a.py", "numpy/random/a.py",
    "numpy/testing/a.py", "fastapi_offline/static/redoc.standalone.js", "uvloop/loop.pyx", "uvloop/loop.pyi",
    "asyncpg/pgproto.c", "click/tests/test_click.py",
]  # fmt: skip
USED = ["apsw/__init__.cpython.so", "click/core.py", "httptools/parser.pyi.txt", "numpy/_core/numeric.py"]


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A virtual environment with something of all that the script knows."""
    packages = tmp_path / "lib/python3.13/site-packages"
    for name in (*UNUSED, *USED):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_bytes(b"#" * 1000)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to(sys.executable)
    for name in ("activate", "setpoint"):
        (tmp_path / "bin" / name).write_text("")
    return tmp_path


def slim(folder: Path, most: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, folder, str(most)], capture_output=True, text=True, timeout=60, check=False)


def test_what_no_server_reads_goes_and_the_rest_is_compiled(environment: Path) -> None:
    told = slim(environment, most=1)

    packages = environment / "lib/python3.13/site-packages"
    assert told.returncode == 0, told.stderr
    assert [name for name in UNUSED if (packages / name).exists()] == []
    assert [name for name in USED if not (packages / name).exists()] == []
    assert [path.name for path in sorted((environment / "bin").iterdir())] == ["python", "setpoint"]
    assert [path.suffix for path in environment.rglob("click/__pycache__/core.*")] == [".pyc"]


def test_an_environment_that_is_too_large_is_refused(environment: Path) -> None:
    (environment / "lib/python3.13/site-packages/click/large").write_bytes(b"#" * 2_100_000)

    told = slim(environment, most=2)

    assert (told.returncode, told.stdout) == (1, f"{environment}: 2 MB, of 2 at most\n")


def test_a_part_that_is_no_longer_where_it_was_is_told(environment: Path) -> None:
    (environment / "lib/python3.13/site-packages/apsw/_unicode.cpython.so").unlink()

    told = slim(environment, most=1)

    assert told.returncode != 0
    assert "_unicode" in told.stderr
