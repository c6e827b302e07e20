"""`setpoint rollback`: go back to a checkpoint, in a new attempt."""

import argparse
from typing import Any

from setpoint.cli import confirm, extent, proposal, service, wording
from setpoint.cli.misuse import Misuse, told
from setpoint.cli.parser import Parser
from setpoint.client import call
from setpoint.errors import InvalidRequest

_FLAGS = {"from_epoch": "--to", "changes": "--scale"}


def arguments(parser: Parser) -> None:
    service.arguments(parser)
    add = parser.add_argument
    add("--to", type=extent.whole, metavar="EPOCH", help="the first epoch of the new attempt: the checkpoint's")
    add("--scale", type=float, metavar="FACTOR", help="and multiply the learning rate from there on")
    add(
        "--keep",
        choices=("values", "changes", "nothing"),
        default="values",
        help="what is planned from there on: the values as they were sealed, the schedule anew with all changes, "
        "or without those that took effect from there on (values)",
    )
    add("--attempt", type=extent.at_least_one, metavar="N", help="the attempt to go back in (the current one)")
    add("--checkpoint", metavar="TEXT", help="where the weights are, for the log")
    add("--reason", metavar="TEXT", help="why: it stands in the audit log")
    confirm.arguments(parser)
    add("--json", action="store_true", help="print the receipt as JSON")


def run(options: argparse.Namespace) -> int:
    """Show what it would do, ask, and do it."""
    attempt = _asked_for(options)
    with service.connected(options) as asked:
        try:
            return proposal.carried_out(
                asked, options, lambda plan, key: call.open_attempt(options.run, attempt, plan=plan, key=key), _told
            )
        except InvalidRequest as invalid:
            raise Misuse(told(invalid, _place)) from None


def _asked_for(options: argparse.Namespace) -> dict[str, Any]:
    if options.to is None:
        raise Misuse("--to is needed: the epoch that the checkpoint begins with, as in --to 4")
    if not options.reason:
        raise Misuse("--reason is needed, for it is what the log says: --reason 'the loss went up'")
    scale = [] if options.scale is None else [{"op": "scale", "factor": options.scale}]
    given = {
        "from_epoch": options.to,
        "keep": options.keep,
        "changes": scale or None,
        "parent": options.attempt,
        "checkpoint": options.checkpoint,
        "reason": options.reason,
    }
    return {name: value for name, value in given.items() if value is not None}


def _told(opened: Any) -> str:
    changes = [wording.receipt(receipt) for receipt in opened.get("changes", ())]
    fenced = f"workers of attempt {opened['attempt'] - 1} are told to stop"
    return "; ".join([wording.opened(opened), *changes, fenced])


def _place(pointer: str) -> str:
    name = pointer.removeprefix("/").partition("/")[0]
    return _FLAGS.get(name, f"--{name}" if name else "")
