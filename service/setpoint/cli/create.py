"""`setpoint create`: a run, from a schedule or from all that a run is made with."""

import argparse
import sys
from typing import Any, cast

from setpoint.cli import columns, document, extent, service, source, wording
from setpoint.cli.misuse import Misuse, flag, told
from setpoint.cli.parser import Parser
from setpoint.cli.runs import pair
from setpoint.client import call
from setpoint.errors import InvalidRequest
from setpoint.schedules.kinds import KINDS


def arguments(parser: Parser) -> None:
    service.arguments(parser)
    source.arguments(parser)
    add = parser.add_argument
    add("--unit", choices=("epoch", "step"), help="what an epoch of the schedule counts (epoch)")
    add("--progress", choices=("fastest", "slowest"), help="whose report the run's position follows (fastest)")
    add("--workers", type=extent.at_least_one, metavar="N", help="how many are expected; needed with slowest")
    add("--max-lookahead", type=extent.whole, metavar="N", help="how many epochs ahead may be granted")
    add("--start-epoch", type=extent.whole, metavar="EPOCH", help="the first, of a training that is under way (0)")
    add("--label", action="append", default=[], metavar="NAME=VALUE", help="to find it by; may be given again")
    add("--json", action="store_true", help="print the service's answer")


def run(options: argparse.Namespace) -> int:
    """Create it; the same again is the same run, and says so."""
    settings = _settings(options)
    with service.connected(options) as asked:
        try:
            answer = asked.answer(call.create(options.run, settings))
        except InvalidRequest as invalid:
            raise Misuse(told(invalid, flag)) from None
    if options.json:
        sys.stdout.write(columns.document(answer.body))
    else:
        made = "created:" if answer.status == 201 else "is there already, and is the same:"
        print(f"{options.run} {made} {wording.schedule(answer.body['schedule'])}")
    return 0


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """The body of the request: what the document says, and each flag over it."""
    settings = _document(options)
    for name in ("unit", "progress", "workers", "max_lookahead", "start_epoch"):
        if getattr(options, name) is not None:
            settings[name] = getattr(options, name)
    if options.label:
        settings["labels"] = {**settings.get("labels", {}), **dict(pair(text) for text in options.label)}
    return settings


def _document(options: argparse.Namespace) -> dict[str, Any]:
    """All that a run is made with, where the document holds it; else its schedule alone."""
    if options.spec is None or options.spec in KINDS:
        return {"schedule": source.schedule(options).plain()}
    if options.kind is not None:
        raise Misuse(f"{options.spec!r} and --kind are two schedules: give one of them")
    found = document.load(options.spec)
    if not isinstance(found, dict):
        raise Misuse(f"{document.name(options.spec)} must hold a JSON object: a schedule, or a run with one")
    settings = cast("dict[str, Any]", found)
    return dict(settings) if "schedule" in settings and "kind" not in settings else {"schedule": settings}
