"""`setpoint schedule`: the learning rates of many epochs."""

import argparse
import sys

from setpoint.cli import columns, extent, source
from setpoint.cli.parser import Parser


def arguments(parser: Parser) -> None:
    source.arguments(parser)
    extent.arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document, with lr as a list")


def run(options: argparse.Namespace) -> int:
    """Print `epoch,lr` lines, in flat memory however many there are."""
    spec = source.schedule(options)
    epochs = extent.epochs(options, spec.end)
    sys.stdout.writelines((columns.columns if options.json else columns.csv)(spec, epochs))
    return 0
