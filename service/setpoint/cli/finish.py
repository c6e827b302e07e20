"""`setpoint finish`: a run that seals no more."""

import argparse
import sys

from setpoint.cli import columns, service
from setpoint.cli.parser import Parser
from setpoint.client import call


def arguments(parser: Parser) -> None:
    service.arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the service's answer")


def run(options: argparse.Namespace) -> int:
    """Finish it; once more changes nothing."""
    with service.connected(options) as asked:
        found = asked.ask(call.finish(options.run))
    if options.json:
        sys.stdout.write(columns.document(found))
    else:
        print(f"{options.run} is {found['state']}, sealed before epoch {found['frontier']}")
    return 0
