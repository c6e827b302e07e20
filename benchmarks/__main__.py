"""Everything that is measured, and one table of it at the end: `python -m benchmarks [NAME ...] [--json FILE]`.

Each benchmark is a process of its own. A goal is a ratio to a peer within one run where there is a peer: on a machine
that does other things at the same time only ratios mean anything. Ends with 1 where a goal was missed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness.goals import row, show, warn, write
from benchmarks.harness.servers import ROOT
from tools.stamp import stamp

SCRIPTS = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(SCRIPTS)}; all unless given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements there")
    options = parser.parse_args()
    unknown = set(options.names) - set(SCRIPTS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    names = options.names or SCRIPTS
    printed = stamp(" ".join(["python -m benchmarks", *options.names]))
    found: dict[str, list[dict[str, object]]] = {}
    missed: list[str] = []
    try:
        for i, name in enumerate(names, 1):
            print(f"\n== {name}, {i} of {len(names)}", flush=True)
            code, found[name] = measured(name)
            missed += [name] if code else []
            if options.json:
                write(options.json, printed, found)
    except KeyboardInterrupt:
        warn("\ninterrupted")
    print("\n== all of it", flush=True)
    show(row(each) for rows in found.values() for each in rows)
    print(f"\n{len(found) - len(missed)} of {len(names)} reached all their goals" + _which(missed))
    return 1 if missed or len(found) < len(names) else 0


def measured(name: str) -> tuple[int, list[dict[str, object]]]:
    """The benchmark's exit code and its rows: none where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.json"
        command = [sys.executable, "-m", f"benchmarks.{name}", "--json", str(rows)]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        found: list[dict[str, object]] = (
            json.loads(rows.read_text(encoding="utf-8"))["figures"][name] if rows.exists() else []
        )
        return code, found


def _which(missed: list[str]) -> str:
    return f"; not: {', '.join(missed)}" if missed else ""


if __name__ == "__main__":
    sys.exit(main())
