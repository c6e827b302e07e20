"""The figures that the proofs and the benchmarks printed last, as `--json` wrote them, kept in docs/figures.

A document is what one command wrote: `date`, `machine`, `load`, `command`, and `figures`, the rows by the name of what
printed them.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from tools.site import markdown

Document: TypeAlias = Mapping[str, Any]
Row: TypeAlias = Mapping[str, Any]
FOLDER = Path(__file__).parents[2] / "docs/figures"
NONE_YET = "None were kept yet."
MISSED = ", **missed**"


def file(kind: str) -> Path:
    return FOLDER / f"{kind}.json"


def kept(kind: str) -> list[Document]:
    """What is kept of the proofs, or of the benchmarks."""
    found: list[Document] = json.loads(file(kind).read_text(encoding="utf-8")) if file(kind).exists() else []
    return found


def table(kind: str) -> str:
    """All that is kept, a table for each command that was run."""
    return "\n".join(line for document in kept(kind) for line in _lines(kind, document)) or NONE_YET


def _lines(kind: str, document: Document) -> Iterator[str]:
    head, cells = KINDS[kind]
    yield from (f"{_where(document)}; printed by `{document['command']}`.", "")
    yield from markdown.table(head, ([name, *cells(row)] for name, rows in document["figures"].items() for row in rows))


def _of_a_proof(row: Row) -> list[str]:
    return [f"{row['proof']}: {row['what']}", _cell(row["value"]), f"{row['required']}{'' if row['ok'] else MISSED}"]


def _of_a_benchmark(row: Row) -> list[str]:
    beside = [
        "" if row[who] is None else f"{_cell(row[who])}&nbsp;{row['unit']}".removesuffix("&nbsp;")
        for who in ("ours", "peer")
    ]
    return [row["name"], *beside, _cell(row["ratio"]), _goal(row)]


KINDS: Mapping[str, tuple[list[str], Callable[[Row], list[str]]]] = {
    "proof": (["Proof", "Figure", "Value", "Required"], _of_a_proof),
    "bench": (["Benchmark", "What", "Ours", "Peer's", "Ratio", "Goal"], _of_a_benchmark),
}
"""What there is to keep: the head of its table, and a row's cells in it."""


TOLD: Sequence[tuple[str, str, str]] = (
    ("proof", "kills", r"observations"),
    ("proof", "kills", r"violations"),
    ("proof", "power", r"points that lost an acknowledged seal, FULL"),
    ("proof", "faults", r"wrong values"),
    ("proof", "flips", r"sealed rates that became others"),
    ("proof", "rivals", r"steps.*every 5 s.*split by polling"),
    ("proof", "rivals", r"steps.*every 5 s.*split by Setpoint"),
    ("bench", "hot", r".*ASGI"),
    ("bench", "hot", r".*FastAPI"),
    ("bench", "checkins", r"sealing check-ins / .*ORM"),
    ("bench", "curves", r"1e6-point cosine as json"),
    ("bench", "watchers", r"change to the last of 1,000 watchers"),
    ("bench", "many_runs", r"start-up with 100,000 runs"),
)
"""What the README shows of the figures: the kind, what printed it, and what it is called there."""


def digest() -> str:
    """The first figure of each of these as a table, and below it where and when they were printed."""
    found = [each for kind, name, called in TOLD for each in _called(kind, name, called)]
    rows = [row for row, _ in found]
    lines = [*markdown.table(["Figure", "", "Asked for", "Printed by"], rows), *_printed([each for _, each in found])]
    return "\n".join(lines).rstrip() or NONE_YET


def _called(kind: str, name: str, called: str) -> Iterator[tuple[list[str], Document]]:
    command = f"python -m {'proof' if kind == 'proof' else 'benchmarks'} {name}"
    for document in kept(kind):
        for row in document["figures"].get(name, ()):
            if re.match(called, row["what" if kind == "proof" else "name"]):
                yield [*_told(kind, row), markdown.code(command)], document
                return


def _told(kind: str, row: Row) -> list[str]:
    """Its name, its value and what was asked for: a ratio where it stands beside a peer."""
    if kind == "proof":
        return _of_a_proof(row)
    value, unit = (row["ours"], row["unit"]) if row["ratio"] is None else (row["ratio"], "times")
    return [row["name"], f"{_cell(value)} {unit}", _goal(row)]


def _printed(documents: Sequence[Document]) -> Iterator[str]:
    """Where and when, with the commands of the same place and day together."""
    commands: dict[str, list[str]] = {}
    for document in documents:
        said = commands.setdefault(_where(document), [])
        if document["command"] not in said:
            said.append(document["command"])
    yield from (f"{where}: {', '.join(map(markdown.code, said))}.  " for where, said in commands.items())


def _where(document: Document) -> str:
    load = f", load {document['load']:g} when it began" if "load" in document else ""
    return f"{document['date']}, {document['machine']}{load}"


def _goal(row: Row) -> str:
    bounds = [("≥", row["at_least"]), ("≤", row["at_most"])]
    said = " ".join(f"{sign} {bound:,g}" for sign, bound in bounds if bound is not None)
    return said if row["is_met"] else f"{said}{MISSED}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
