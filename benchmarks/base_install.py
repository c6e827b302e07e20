"""What a worker installs and imports: the size of the base install, and the time until a training could join.

    python -m benchmarks base_install [--json FILE]

The package is built and installed into an environment of its own, as `pip install setpoint` does it. Imports are
told in CPU time of fresh processes, the least of several; the first of all writes the bytecode.
"""

import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness.goals import Row, main
from benchmarks.harness.servers import ROOT

ROUNDS = 9
MOST_MEGABYTES = 20.0
IMPORTS = {
    "import setpoint": "import setpoint",
    "from setpoint import Run": "from setpoint import Run",
    "import httpx, for comparison": "import httpx",
}
TIMED = "import time; began = time.process_time(); {}; print((time.process_time() - began) * 1000)"


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        python, packages = _installed(Path(folder))
        size = sum(file.stat().st_size for file in packages.rglob("*") if _counts(file)) / 1e6
        yield Row("base install, without pip and bytecode", "MB", size, at_most=MOST_MEGABYTES)
        for name, statement in IMPORTS.items():
            yield Row(name, "ms", min(_milliseconds(python, statement) for _ in range(ROUNDS)))


def _installed(folder: Path) -> tuple[Path, Path]:
    """The interpreter of an environment with nothing but the package and what it needs, and where that lies."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", ROOT], check=True)
    (packages,) = (folder / "venv/lib").glob("python*/site-packages")
    return python, packages


def _counts(file: Path) -> bool:
    """Whether it is of what was installed."""
    return file.is_file() and not {"pip", "setuptools", "__pycache__"} & set(file.parts) and "pip-" not in str(file)


def _milliseconds(python: Path, statement: str) -> float:
    ran = subprocess.run([python, "-c", TIMED.format(statement)], capture_output=True, text=True, check=True)
    return float(ran.stdout)


if __name__ == "__main__":
    sys.exit(main(__doc__, measured))
