"""`setpoint run`: all about one run."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from setpoint.cli import columns, extent, plot, run_picture, service, table, terminal, wording
from setpoint.cli.facts import facts, progress
from setpoint.cli.parser import Parser
from setpoint.client import call

_POINTS = 400
_WORKERS = 10
_CHANGES = 5


def arguments(parser: Parser) -> None:
    service.arguments(parser)
    add = parser.add_argument
    add("--width", type=extent.at_least_one, metavar="N", help="columns of the picture (those of the terminal)")
    add("--height", type=extent.at_least_one, metavar="N", help="lines of the picture")
    add("--charset", choices=("braille", "blocks", "ascii"), help="what to draw with (what the terminal can show)")
    add("--json", action="store_true", help="print the facts, the curve, the workers and the changes as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the facts, the curve, the workers and the last changes."""
    with service.connected(options) as asked:
        found = facts(asked, options.run)
        curve = asked.ask(call.curve(options.run, points=_POINTS))
        log = asked.ask(call.log(options.run))["changes"]
    if options.json:
        sys.stdout.write(columns.document({**found, "curve": curve, "changes": log}))
        return 0
    width = terminal.found(sys.stdout, os.environ).columns if sys.stdout.isatty() else 10_000
    sys.stdout.writelines(f"{line}\n" for line in head(found, width))
    sys.stdout.write("\n" + plot.text(run_picture.chart(curve), options))
    sys.stdout.writelines(f"{line}\n" for line in _workers(found["present"], width))
    sys.stdout.writelines(f"{line}\n" for line in _changes(log, width))
    return 0


def head(run: dict[str, Any], width: int) -> Iterator[str]:
    """The run in a few lines."""
    sealed = "sealed" if run["position"] < run["frontier"] else "planned"
    rows = [
        ["run", f"{run['run']}, {run['state']}"],
        ["schedule", wording.schedule(run["schedule"])],
        [run["unit"], f"{progress(run)}; sealed before {run['frontier']}"],
        ["lr", f"{wording.number(run['lr'])} ({sealed})"],
    ]
    if run.get("labels"):
        rows.append(["labels", ", ".join(f"{name}={value}" for name, value in run["labels"].items())])
    yield from table.rows(rows, width, indent=0)


def _workers(workers: Sequence[dict[str, Any]], width: int) -> Iterator[str]:
    yield from ("", f"workers: {len(workers) or 'none has checked in'}")
    last = sorted(workers, key=lambda worker: -worker["lag"])[:_WORKERS]
    yield from table.rows([_worker(worker) for worker in last], width)
    if len(workers) > _WORKERS:
        yield f"  and {len(workers) - _WORKERS} more, not behind these"


def _worker(worker: dict[str, Any]) -> list[str]:
    lag = f", {worker['lag']} behind" if worker["lag"] else ""
    heard = f"silent for {worker['idle_seconds']:.0f} s" + (", gone" if worker["gone"] else "")
    return [worker["worker"], f"at epoch {worker['epoch']}{lag}", heard]


def _changes(log: Sequence[dict[str, Any]], width: int) -> Iterator[str]:
    yield from ("", f"changes: {len(log) or 'none'}")
    rows = [[wording.ago(each["at"]), str(each["actor"]), wording.entry(each)] for each in log[: -_CHANGES - 1 : -1]]
    yield from table.rows(rows, width)
