"""`setpoint export`: a schedule as another library's code."""

import argparse
import json
import sys

from setpoint.cli import source
from setpoint.cli.misuse import Misuse, told
from setpoint.cli.parser import Parser
from setpoint.errors import InvalidRequest, NotConvertible
from setpoint.interop import writing


def arguments(parser: Parser) -> None:
    source.arguments(parser)
    parser.add_argument("--to", metavar="LIBRARY", help="torch, optax, keras or transformers")
    parser.add_argument("--json", action="store_true", help="print a JSON document with code and notes")


def run(options: argparse.Namespace) -> int:
    """Print code that makes the scheduler; what is to be known about it goes to standard error."""
    if options.to is None:
        raise Misuse("--to is needed: torch, optax, keras or transformers")
    spec = source.schedule(options)
    try:
        exported = writing.write(spec, options.to)
    except (InvalidRequest, NotConvertible) as error:
        raise Misuse(told(error, _place)) from None
    if options.json:
        print(json.dumps({"library": options.to, "code": exported.code, "notes": list(exported.notes)}))
        return 0
    print(exported.code.rstrip("\n"))
    for note in exported.notes:
        print(f"note: {note}", file=sys.stderr)
    return 0


def _place(pointer: str) -> str:
    return "--to" if pointer == "/library" else pointer
