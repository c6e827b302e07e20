"""`setpoint backup`: the store as one file, while the service goes on."""

import argparse
from pathlib import Path

from setpoint.cli import extra, store
from setpoint.cli.parser import Parser


def arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to make")
    store.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Make it, and look it through."""
    with extra.server():
        from setpoint.server import upkeep
    shown = store.Counter()
    try:
        found = upkeep.backup(store.settings(options), options.file, upkeep.Progress(shown.copied, shown.examined))
    finally:
        shown.end()
    print(f"{options.file}: {found.runs} runs with {found.events} events, every one of them checked")
    return 0
