"""What a worker installs and imports: the size of the base install, and the time until a training could join.

    python benchmarks/base_install.py [--json FILE]

The package is built and installed into an environment of its own, as `pip install setpoint` does it. Imports are
told in CPU time of fresh processes, the least of several; the first of all writes the bytecode.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 9
MOST_MEGABYTES = 20.0
IMPORTS = {
    "import setpoint": "import setpoint",
    "from setpoint import Run": "from setpoint import Run",
    "import httpx, for comparison": "import httpx",
}
TIMED = "import time; began = time.process_time(); {}; print((time.process_time() - began) * 1000)"


@dataclass(frozen=True)
class Row:
    """A measurement, and the most that it may be."""

    name: str
    unit: str
    value: float
    goal: float | None = None
    is_met: bool = True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements there too")
    options = parser.parse_args()
    rows = list(measured())
    for row in rows:
        goal = "" if row.goal is None else f"  at most {row.goal:g}: {'met' if row.is_met else 'MISSED'}"
        print(f"{row.name:52}{row.value:9.1f} {row.unit:6}{goal}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


def measured() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        python, packages = _installed(Path(folder))
        size = sum(file.stat().st_size for file in packages.rglob("*") if _counts(file)) / 1e6
        yield Row("base install, without pip and bytecode", "MB", size, MOST_MEGABYTES, size <= MOST_MEGABYTES)
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
    sys.exit(main())
