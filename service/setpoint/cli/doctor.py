"""`setpoint doctor`: what is wrong, and what to do about it."""

import argparse
import sys

from setpoint.cli import columns, extra, store
from setpoint.cli.parser import Parser
from setpoint.client.locate import locate


def arguments(parser: Parser) -> None:
    parser.add_argument("--url", help="the service's address ($SETPOINT_URL; http://127.0.0.1:8321)")
    store.arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(options: argparse.Namespace) -> int:
    """Look at everything; 1 where something is wrong."""
    with extra.server():
        from setpoint.server.doctor.visit import visit
    shown, found, wrong = store.Counter(), list[dict[str, object]](), False
    for finding in visit(store.settings(options), locate(options.url).url, shown.examined):
        shown.end()
        found.append(finding.plain())
        wrong |= finding.state == "wrong"
        if not options.json:
            print(f"{finding.state:5}  {finding.subject}: {finding.detail}")
            if finding.advice:
                print(f"       {finding.advice}")
    if options.json:
        sys.stdout.write(columns.document(found))
    return int(wrong)
