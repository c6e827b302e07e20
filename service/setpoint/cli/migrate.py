"""`setpoint migrate`: bring a store's tables to this version, without serving it."""

import argparse
import os
import sys

from setpoint.cli import extra
from setpoint.cli.parser import Parser
from setpoint.settings import read


def arguments(parser: Parser) -> None:
    parser.add_argument("--data", help="the folder of the store ($SETPOINT_DATA; ~/.local/share/setpoint)")
    parser.add_argument("--database-url", help="sqlite:///PATH or postgresql://... ($SETPOINT_DATABASE_URL)")


def run(options: argparse.Namespace) -> int:
    """Take the steps that are missing, and say which."""
    with extra.server():
        from setpoint.server.stores import migrate
    settings = read({"data": options.data, "database_url": options.database_url}, os.environ)
    before, after = migrate(settings.store, lambda line: print(line, file=sys.stderr, flush=True))
    if before == after:
        print(f"The tables are of this version already (step {after}).")
    else:
        print(f"The tables were brought from step {before} to step {after}.")
    return 0
