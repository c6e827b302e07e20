"""`setpoint lr`: the learning rate of an epoch."""

import argparse
import json
import sys
from itertools import chain

from setpoint.cli import columns, extent, source
from setpoint.cli.misuse import Misuse
from setpoint.cli.parser import Parser
from setpoint.schedules.walk import along


def arguments(parser: Parser) -> None:
    source.arguments(parser)
    parser.add_argument(
        "--epoch",
        type=extent.selection,
        action="extend",
        metavar="EPOCHS",
        help="an epoch, several (0,13,100), or a range without its stop (0:30, 0:30:5); may be given again",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON document")


def run(options: argparse.Namespace) -> int:
    """Print the bare number of one epoch; of several a line each, with the epoch before it."""
    spec = source.schedule(options)
    if not options.epoch:
        raise Misuse("--epoch is needed: --epoch 12 for one, --epoch 0:30 for the first thirty")
    spans: list[range] = options.epoch
    single = len(spans) == 1 and len(spans[0]) == 1
    epochs = chain.from_iterable(spans)
    if options.json:
        print(_document(list(epochs), list(along(spec, chain.from_iterable(spans))), single))
    elif single:
        print(columns.digits(spec.lr(spans[0].start)))
    else:
        sys.stdout.writelines(columns.rows(spec, epochs, "\t"))
    return 0


def _document(epochs: list[int], lr: list[float], single: bool) -> str:
    return json.dumps({"epoch": epochs[0], "lr": lr[0]} if single else {"epochs": epochs, "lr": lr})
