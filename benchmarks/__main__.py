"""Everything that is measured, one script after the other: `python -m benchmarks [NAME ...] [--json FILE]`.

A script prints its own table, and ends with 1 where a goal was missed. On a machine that does other things at the same
time only the ratios mean anything.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = sorted(path.stem for path in HERE.glob("[a-z]*.py"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(SCRIPTS)}; all unless given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements there")
    options = parser.parse_args()
    unknown = set(options.names) - set(SCRIPTS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    missed: list[str] = []
    found: dict[str, object] = {}
    for name in options.names or SCRIPTS:
        print(f"\n== {name}", flush=True)
        code, found[name] = measured(name)
        missed += [name] if code else []
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"\n{len(found) - len(missed)} of {len(found)} reached all their goals" + _which(missed))
    return 1 if missed else 0


def measured(name: str) -> tuple[int, object]:
    """The script's exit code and its rows."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.json"
        code = subprocess.run([sys.executable, HERE / f"{name}.py", "--json", rows], check=False).returncode
        return code, json.loads(rows.read_text(encoding="utf-8")) if rows.exists() else None


def _which(missed: list[str]) -> str:
    return f"; missed: {', '.join(missed)}" if missed else ""


if __name__ == "__main__":
    sys.exit(main())
