"""Keeps figures for the pages and the README, with the machine and the date: what was written with `--json`.

python -m tools.site.keep proof out/proof.json
python -m tools.site.keep bench out/bench.json
"""

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from tools.site.figures import FOLDER, digest

README = Path(__file__).parents[2] / "README.md"
PLACE = re.compile(r"(<!-- figures -->\n).*?(<!-- end -->)", re.DOTALL)

Row: TypeAlias = Mapping[str, Any]
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "proof": {"proof": ("proof",), "figure": ("what",), "value": ("value",), "required": ("required",)},
    "bench": {
        "what": ("name", "what"),
        "ours": ("ours", "found", "value", "p99"),
        "peer": ("peer",),
        "unit": ("unit",),
        "ratio": ("ratio", "rate"),
        "goal": ("goal",),
    },
}
"""What is shown, and which fields of a row may hold it."""


def rows(found: Any) -> Iterator[Row]:
    """The rows of a document: a list of them, or lists by the name of what printed them."""
    within: Iterable[Any] = found if isinstance(found, list) else found.values()
    for each in within:
        yield from rows(each) if isinstance(each, list) else [each]


def kept(name: str, found: Any, machine: str, date: str, command: str) -> dict[str, Any]:
    """What the pages show of `found`."""
    columns = COLUMNS[name]
    figures = [
        {
            column: next((row[field] for field in fields if row.get(field) is not None), None)
            for column, fields in columns.items()
        }
        | {"ok": bool(row.get("ok", row.get("is_met", row.get("met", True))))}
        for row in rows(found)
    ]
    return {"date": date, "machine": machine, "command": command, "figures": figures}


def with_figures(readme: str) -> str:
    """The README, with the figures that are kept."""
    figures = digest()
    shown = f"\n{figures}\n\n" if figures else "\n"
    return PLACE.sub(lambda place: f"{place[1]}{shown}{place[2]}", readme)


def machine() -> str:
    """This one, by what tells on figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {platform.machine()} and {memory:.0f} GiB, Python {platform.python_version()}"


def today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def main() -> int:
    parser = argparse.ArgumentParser("python -m tools.site.keep", description="Keep figures for the pages.")
    parser.add_argument("name", choices=[*COLUMNS], help="what printed them")
    parser.add_argument("source", type=Path, metavar="FILE", help="what it wrote with --json")
    parser.add_argument("--command", help="what printed them (make NAME)")
    options = parser.parse_args()
    found = json.loads(options.source.read_text(encoding="utf-8"))
    document = kept(options.name, found, machine(), today(), options.command or f"make {options.name}")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{options.name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_figures(readme), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
