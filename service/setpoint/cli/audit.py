"""`setpoint audit`: who did what, and whether the store is still what was written."""

import argparse
import asyncio
import sys
from pathlib import Path

from setpoint.cli import extra, store
from setpoint.cli.misuse import Misuse
from setpoint.cli.parser import Parser


def arguments(parser: Parser) -> None:
    parser.add_argument("action", metavar="ACTION", choices=("export", "verify"), help="export or verify")
    parser.add_argument("--all", action="store_true", help="export what workers did and were given as well")
    parser.add_argument("--against", metavar="FILE", type=Path, help="verify that an earlier export still holds")
    store.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print the log, or what is wrong with the store; 1 where something is.

    Raises:
        Misuse: a flag is of the other action.
    """
    if options.action == "export":
        if options.against is not None:
            raise Misuse("--against is for `setpoint audit verify`")
        asyncio.run(_export(options))
        return 0
    if options.all:
        raise Misuse("--all is for `setpoint audit export`: all is verified anyway")
    return _verify(options)


async def _export(options: argparse.Namespace) -> None:
    with extra.server():
        from setpoint.server import upkeep
    async for line in upkeep.audit(store.settings(options), everything=options.all):
        sys.stdout.write(line.decode())


def _verify(options: argparse.Namespace) -> int:
    with extra.server():
        from setpoint.server import upkeep
    shown = store.Counter()
    try:
        found = asyncio.run(upkeep.verify(store.settings(options), shown.examined, options.against))
    finally:
        shown.end()
    for flaw in found.flaws:
        print(f"{flaw.where}: {flaw.detail}")
    how = f"{len(found.flaws)} flaws" if found.flaws else "all as they were written"
    print(f"{found.runs} runs with {found.events} events, and the tokens: {how}")
    return int(bool(found.flaws))
