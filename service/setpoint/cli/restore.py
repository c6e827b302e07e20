"""`setpoint restore`: a backup in the store's place, as another life of it."""

import argparse
import asyncio
from pathlib import Path

from setpoint.cli import extra, store
from setpoint.cli.parser import Parser


def arguments(parser: Parser) -> None:
    parser.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="the backup; none: the store is there already"
    )
    parser.add_argument("--replace", action="store_true", help="put aside the store that is there")
    parser.add_argument("--damaged", action="store_true", help="take a backup whose runs are not all whole")
    store.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Restore it, and tell which runs wait for a new attempt."""
    with extra.server():
        from setpoint.server import upkeep
    settings, shown = store.settings(options), store.Counter()
    try:
        if options.file is None:
            asyncio.run(upkeep.reborn(settings))
            found, old = asyncio.run(upkeep.verify(settings, shown.examined)), ""
        else:
            progress = upkeep.Progress(shown.copied, shown.examined)
            found, old = upkeep.restore(
                settings, options.file, progress, replace=options.replace, damaged=options.damaged
            )
    finally:
        shown.end()
    print(f"{found.runs} runs with {found.events} events; this is life {found.incarnation} of the store")
    if old:
        print(f"the store that was there is now called {old}")
    for flaw in found.flaws:
        print(f"damaged: {flaw.where}: {flaw.detail}")
    for each in found.frozen:
        print(f"frozen: {each.run}, sealed before epoch {each.frontier} of attempt {each.attempt}")
    if found.frozen:
        print("Nothing more is sealed of a frozen run until a new attempt of it is opened: stop its workers, and")
        print("`setpoint rollback RUN --to EPOCH --reason TEXT`, to a checkpoint no later than what is sealed.")
    return 0
