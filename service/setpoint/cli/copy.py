"""`setpoint copy`: all of one store into another, whatever the engines."""

import argparse
import asyncio
import os
import sys

from setpoint.cli import extra
from setpoint.cli.bar import Bar
from setpoint.cli.parser import Parser
from setpoint.settings import database_url, read


def arguments(parser: Parser) -> None:
    parser.add_argument("source", metavar="FROM", help="the URL of the store that is copied")
    parser.add_argument(
        "target", metavar="TO", nargs="?", help="the URL of the one it is copied into ($SETPOINT_DATABASE_URL)"
    )


def run(options: argparse.Namespace) -> int:
    """Copy, compare, and say what came of it."""
    with extra.server():
        from setpoint.server.stores import Told, copy
    source = database_url(options.source, "FROM")
    target = read({"database_url": options.target}, os.environ).store
    told = Told(_said, Bar("copying  ").show, Bar("comparing").show)
    try:
        events = asyncio.run(copy(source, target, told))
    except KeyboardInterrupt:
        _said("\nStopped. Say the same again, and it goes on from here.")
        raise
    print(f"Copied {events:,} events, and compared them: the same in both. Serve only the copy from now on.")
    return 0


def _said(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
