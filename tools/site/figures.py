"""The figures that the proofs and the benchmarks printed last, as `--json` wrote them into docs/figures."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
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


TOLD: Sequence[tuple[str, str, str]] = (
    ("proof", r"kill -9: observations", "python -m proof kills"),
    ("proof", r"kill -9: violations", "python -m proof kills"),
    ("proof", r"power loss: points that lost an acknowledged seal, FULL", "python -m proof power"),
    ("proof", r"faults: wrong values", "python -m proof faults"),
    ("proof", r"flipped bits: sealed rates that became others", "python -m proof flips"),
    ("proof", r"rivals: steps.*every 5 s.*split by polling", "python -m proof rivals"),
    ("proof", r"rivals: steps.*every 5 s.*split by Setpoint", "python -m proof rivals"),
    ("bench", r"GET /v1/runs/.*sealed / (raw )?ASGI", "python -m benchmarks hot"),
    ("bench", r"GET /v1/runs/.*sealed / .*FastAPI", "python -m benchmarks hot"),
    ("bench", r"sealing check-ins / .*(ORM|SQLAlchemy)", "python -m benchmarks checkins"),
    ("bench", r"1e6-point cosine as json", "python -m benchmarks curves"),
    ("bench", r"change to the last of 1,000 watchers", "python -m benchmarks watchers"),
    ("bench", r"start-up with 100,000 runs", "python -m benchmarks many_runs"),
)
"""What the README shows of the figures: where it is kept, what it is called there, and what prints it."""


def digest() -> str:
    """The first figure of each of these, as a table."""
    rows = [[*found, markdown.code(command)] for name, called, command in TOLD for found in _called(name, called)[:1]]
    return "\n".join([*markdown.table(["Figure", "", "Asked for", "Printed by"], rows), *_printed()]).rstrip()


def _printed() -> Iterator[str]:
    """Where and when, for each document that is kept."""
    for kept in sorted(FOLDER.glob("*.json")):
        found = json.loads(kept.read_text(encoding="utf-8"))
        yield f"{found['date']}, {found['machine']}: `{found['command']}`.  "


def _called(name: str, called: str) -> list[list[str]]:
    kept = FOLDER / f"{name}.json"
    rows: list[Mapping[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.exists() else []
    return [_told(row) for row in rows if re.match(called, _name(row))]


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['proof']}: {row['figure']}" if "proof" in row else str(row["what"])


def _told(row: Mapping[str, Any]) -> list[str]:
    """Its name, its value and what was asked for: a ratio where it stands beside a peer."""
    if "proof" in row:
        return [_name(row), _cell(row["value"]), str(row["required"])]
    value = row["ours"] if row["ratio"] is None else row["ratio"]
    unit = row["unit"] if row["ratio"] is None else "times"
    return [_name(row), f"{_cell(value)} {unit}", _cell(row["goal"])]
