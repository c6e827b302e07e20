"""`setpoint runs`: the runs there are, a line each."""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from setpoint.cli import columns, extent, service, table, terminal, wording
from setpoint.cli.facts import facts, present, progress
from setpoint.cli.misuse import Misuse
from setpoint.cli.parser import Parser
from setpoint.client import call

_HEAD = ("run", "state", "epoch", "lr", "workers", "last change")
_AT_ONCE = 8


def arguments(parser: Parser) -> None:
    service.arguments(parser, name=False)
    add = parser.add_argument
    add("--state", choices=("running", "finished", "archived"), help="only those; archived ones are hidden without")
    add("--label", action="append", default=[], metavar="NAME=VALUE", help="only those with it; may be given again")
    add("--limit", type=extent.at_least_one, default=20, metavar="N", help="the newest so many (20)")
    add("--json", action="store_true", help="print a JSON document")


def run(options: argparse.Namespace) -> int:
    """Print a line for each run, newest first."""
    label = ",".join(":".join(pair(text)) for text in options.label) or None
    with service.connected(options) as asked:
        page = asked.ask(call.runs(state=options.state, label=label, limit=min(options.limit, 1000)))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rows = list(pool.map(partial(facts, asked), [row["run"] for row in page["runs"]]))
    if options.json:
        sys.stdout.write(columns.document({"runs": rows, "next": page["next"]}))
        return 0
    _print(rows, is_more=page["next"] is not None)
    return 0


def pair(text: str) -> tuple[str, str]:
    """The label that `text` names and its value.

    Raises:
        Misuse: it is not NAME=VALUE.
    """
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise Misuse(f"--label {text} must be NAME=VALUE, such as --label team=vision")
    return name, value


def _print(rows: list[dict[str, Any]], *, is_more: bool) -> None:
    width = terminal.found(sys.stdout, os.environ).columns if sys.stdout.isatty() else 10_000
    if not rows:
        print("There are no such runs. `setpoint create NAME --kind ...` makes one.")
        return
    for line in table.rows([_HEAD, *(_row(row) for row in rows)], width, indent=0):
        print(line)
    if is_more:
        print("There are more: --limit N shows them.", file=sys.stderr)


def _row(row: dict[str, Any]) -> list[str]:
    last = row["last_change"]
    told = "" if last is None else f"{wording.entry(last)}, {wording.ago(last['at'])}"
    return [row["run"], row["state"], progress(row), wording.number(row["lr"]), present(row["present"]), told]
