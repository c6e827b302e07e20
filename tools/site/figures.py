"""The figures that the proofs and the benchmarks printed last, as `--json` wrote them into docs/figures."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.site import markdown

FOLDER = Path(__file__).parents[2] / "docs/figures"
NONE_YET = "None were kept yet."


def table(name: str) -> str:
    """The table of `name`: what was found, on which machine and when."""
    kept = FOLDER / f"{name}.json"
    if not kept.exists():
        return NONE_YET
    found = json.loads(kept.read_text(encoding="utf-8"))
    return "\n".join(_lines(found))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{found['date']}, {found['machine']}; printed by `{found['command']}`.", "")
    rows: list[Mapping[str, Any]] = found["figures"]
    names = [name for name in rows[0] if name != "ok"]
    head = [name.replace("_", " ").capitalize() for name in names]
    yield from markdown.table([*head, ""], ([*(_cell(row.get(name)) for name in names), _verdict(row)] for row in rows))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _verdict(row: Mapping[str, Any]) -> str:
    return "" if row.get("ok", True) else "**missed**"
