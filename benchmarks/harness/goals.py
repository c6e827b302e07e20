"""What was measured, beside the goal: rows of one table, whoever measured them."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.stamp import stamp

_HEAD = f"{'':58}{'ours':>10}{'peer':>10} {'':6}{'ratio':>8}  goal"


@dataclass(frozen=True)
class Row:
    """Ours, beside a peer's where there is one. A goal bounds the ratio; ours, where there is none."""

    name: str
    unit: str
    ours: float
    peer: float | None = None
    ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_met(self) -> bool:
        judged = self.ours if self.ratio is None else self.ratio
        return (self.at_least is None or judged >= self.at_least) and (self.at_most is None or judged <= self.at_most)

    def __str__(self) -> str:
        peer = " " * 10 if self.peer is None else f"{self.peer:10,.1f}"
        ratio = " " * 8 if self.ratio is None else f"{self.ratio:8.3f}"
        return f"{self.name:58}{self.ours:10,.1f}{peer} {self.unit:6}{ratio}  {self._goal()}".rstrip()

    def _goal(self) -> str:
        bounds = [("≥", self.at_least), ("≤", self.at_most)]
        said = " ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)
        return said and f"{said} {'met' if self.is_met else 'MISSED'}"

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


def row(plain: Mapping[str, Any]) -> Row:
    """What `plain` was made of."""
    return Row(**{name: value for name, value in plain.items() if name != "is_met"})


def show(rows: Iterable[Row]) -> list[Row]:
    """Print each row as soon as it is there."""
    print(_HEAD)
    shown: list[Row] = []
    for each in rows:
        print(each, flush=True)
        shown.append(each)
    return shown


def main(
    description: str | None,
    measured: Callable[[], Iterable[Row]],
    serve: Mapping[str, Callable[[], int]] | None = None,
) -> int:
    """A benchmark as a command: its table, `--json FILE`; 1 where a goal was missed. With `--serve` it is a peer."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements there too")
    parser.add_argument("--serve", choices=sorted(serve or ()), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return (serve or {})[options.serve]()
    name = Path(sys.argv[0]).stem
    printed = stamp(f"python -m benchmarks {name}")
    rows = show(measured())
    if options.json:
        write(options.json, printed, {name: [each.plain() for each in rows]})
    return 0 if all(each.is_met for each in rows) else 1


def write(path: Path, printed: Mapping[str, Any], figures: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """The rows by the name of what measured them, below where and when."""
    path.write_text(json.dumps({**printed, "figures": figures}, indent=2) + "\n", encoding="utf-8")


def warn(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
