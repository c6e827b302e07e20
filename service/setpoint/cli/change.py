"""`setpoint change`: the learning rate of a run, from some epoch on."""

import argparse
import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from setpoint.cli import confirm, extent, proposal, service, source, wording
from setpoint.cli.misuse import Misuse, told
from setpoint.cli.parser import Parser
from setpoint.client import call
from setpoint.errors import InvalidRequest


def _number(text: str) -> float:
    """A number as JSON writes it."""
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except ValueError:
        value = None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise argparse.ArgumentTypeError(f"must be a number, such as 0.5, and not {text!r}")
    return value


def _schedule(text: str) -> dict[str, Any]:
    return source.load(text).plain()


class Word(NamedTuple):
    """What follows the name of an op: the field it fills, and how it is read."""

    field: str
    read: Callable[[str], Any]


OPS: Mapping[str, tuple[Word, ...]] = {
    "scale": (Word("factor", _number),),
    "set": (Word("lr", _number),),
    "hold": (),
    "release": (),
    "replace": (Word("schedule", _schedule),),
    "extend": (Word("epochs", extent.at_least_one),),
    "decay": (Word("epochs", extent.at_least_one), Word("final_lr", _number)),
    "cancel": (Word("change", extent.at_least_one),),
}


def arguments(parser: Parser) -> None:
    service.arguments(parser)
    parser.add_argument("op", metavar="OP", help="scale, set, hold, release, replace, extend, decay or cancel")
    parser.add_argument("values", nargs="*", metavar="VALUE", help="what the op takes: see above")
    add = parser.add_argument
    add("--reason", metavar="TEXT", help="why: it stands in the audit log")
    add("--epoch", type=extent.whole, metavar="EPOCH", help="the first it should govern (the first unsealed one)")
    add("--exact", action="store_true", help="refuse it where that epoch is sealed, instead of doing it later")
    add("--group", action="append", metavar="NAME", help="only this one: lr, or a group; may be given again (all)")
    add("--shape", metavar="NAME", help="of a decay: linear, cosine, ... (linear)")
    confirm.arguments(parser)
    add("--json", action="store_true", help="print the receipt as JSON")


def run(options: argparse.Namespace) -> int:
    """Show what it would do, ask, and do it."""
    change = asked_for(options)
    with service.connected(options) as asked:
        try:
            return proposal.carried_out(
                asked, options, lambda plan, key: call.change(options.run, change, plan=plan, key=key), wording.receipt
            )
        except InvalidRequest as invalid:
            raise Misuse(told(invalid, place)) from None


def asked_for(options: argparse.Namespace) -> dict[str, Any]:
    """The change as the service takes it.

    Raises:
        Misuse: there is no such op, it takes other values, or there is no reason.
    """
    change = {"op": options.op, **_values(options)}
    if not options.reason:
        raise Misuse("--reason is needed, for it is what the log says: --reason 'the loss is flat'")
    given = {
        "reason": options.reason,
        "epoch": options.epoch,
        "exact": options.exact or None,
        "groups": options.group,
        "shape": options.shape,
    }
    return change | {name: value for name, value in given.items() if value is not None}


def _values(options: argparse.Namespace) -> dict[str, Any]:
    op: str = options.op
    if op not in OPS:
        near = get_close_matches(op, OPS, n=1)
        guess = f"did you mean {near[0]}?" if near else f"there are {', '.join(OPS)}"
        raise Misuse(f"{op!r} is no change; {guess}")
    words = OPS[op]
    if len(words) != len(options.values):
        raise Misuse(f"it is: {usage(op)}; not with {len(options.values)} values")
    return {word.field: _read(word, text) for word, text in zip(words, options.values, strict=True)}


def _read(word: Word, text: str) -> Any:
    try:
        return word.read(text)
    except argparse.ArgumentTypeError as wrong:
        raise Misuse(f"{word.field.upper()}: {wrong}") from None


def usage(op: str) -> str:
    """`decay EPOCHS FINAL_LR`."""
    return " ".join([op, *(word.field.upper() for word in OPS[op])])


def place(pointer: str) -> str:
    """Where a JSON Pointer into a change is, on the command line."""
    name = pointer.removeprefix("/").partition("/")[0]
    if name in ("reason", "epoch", "exact", "shape"):
        return f"--{name}"
    return "--group" if name == "groups" else pointer.removeprefix("/").upper()
