"""`setpoint token`: who is let in."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from setpoint.access.scope import WORDS
from setpoint.cli import columns, service, table, terminal, wording
from setpoint.cli.misuse import Misuse
from setpoint.cli.parser import Parser
from setpoint.cli.service import Service
from setpoint.client import call

if TYPE_CHECKING:
    from setpoint.wire.token import TokenAnswer

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_HEAD = ("name", "scope", "token", "made", "ends", "runs")


def arguments(parser: Parser) -> None:
    add = parser.add_argument
    add("action", metavar="ACTION", choices=tuple(_ACTIONS), help="create, list, revoke or link")
    add("name", metavar="NAME", nargs="?", help="whose it is: what the log says of all that is done with it")
    add("--scope", choices=WORDS, help="what it allows (reader)")
    add("--runs", metavar="GLOB,...", help="the runs that it is for, such as 'resnet*,bert-?' (all)")
    add("--expires", metavar="TIME", type=_seconds, help="how long it counts: 90m, 12h, 30d (until it is revoked)")
    add("--json", action="store_true", help="print the service's answer")
    service.arguments(parser, name=False)


def run(options: argparse.Namespace) -> int:
    """Do it, as an admin.

    Raises:
        Misuse: it is not said whose token is meant, or there is none of that name.
    """
    wants_name = options.action in ("create", "revoke")
    if wants_name != (options.name is not None):
        raise Misuse(f"`setpoint token {options.action}` takes {'a NAME' if wants_name else 'no name'}")
    if options.action != "create" and (options.scope or options.runs or options.expires):
        raise Misuse("--scope, --runs and --expires are for `setpoint token create`")
    with service.connected(options) as asked:
        _ACTIONS[options.action](asked, options)
    return 0


def _create(asked: Service, options: argparse.Namespace) -> None:
    runs = None if options.runs is None else options.runs.split(",")
    made = asked.ask(call.create_token(options.name, options.scope or "reader", runs, options.expires))
    if options.json:
        sys.stdout.write(columns.document(made))
        return
    until = "until it is revoked" if made["expires_at"] is None else f"until {made['expires_at']}"
    print(f"{made['name']}: {made['scope']}, for {_runs(made)}, {until}. Nothing tells it again:", file=sys.stderr)
    print(made["secret"])


def _list(asked: Service, options: argparse.Namespace) -> None:
    found = asked.ask(call.tokens())
    if options.json:
        sys.stdout.write(columns.document(found))
        return
    width = terminal.found(sys.stdout, os.environ).columns if sys.stdout.isatty() else 10_000
    for line in table.rows([_HEAD, *(_row(token) for token in found["tokens"])], width, indent=0):
        print(line)


def _row(token: "TokenAnswer") -> list[str]:
    made = wording.ago(token["created_at"])
    return [token["name"], token["scope"], token["token"], made, _end(token), _runs(token)]


def _end(token: "TokenAnswer") -> str:
    if token["revoked_at"] is not None:
        return f"revoked {wording.ago(token['revoked_at'])}"
    if token["expires_at"] is None:
        return "never"
    return token["expires_at"] if token["active"] else f"expired {wording.ago(token['expires_at'])}"


def _runs(token: "TokenAnswer") -> str:
    return "all runs" if "*" in token["runs"] else " ".join(token["runs"])


def _revoke(asked: Service, options: argparse.Namespace) -> None:
    revoked = asked.ask(call.revoke_token(_meant(asked.ask(call.tokens())["tokens"], options.name)))
    if options.json:
        sys.stdout.write(columns.document(revoked))
    else:
        print(f"{revoked['name']} ({revoked['token']}) is let in no more, nor are its sessions")


def _meant(tokens: "Iterable[TokenAnswer]", name: str) -> str:
    """The token of that id, or the one of that name that counts."""
    for token in tokens:
        if token["token"] == name or (token["name"] == name and token["active"]):
            return token["token"]
    raise Misuse(f"there is no token {name} that counts; `setpoint token list` lists them")


def _link(asked: Service, options: argparse.Namespace) -> None:
    link = asked.ask(call.create_link())
    if options.json:
        sys.stdout.write(columns.document(link))
        return
    print(f"This opens the pages, once and until {link['expires_at']}:", file=sys.stderr)
    print(asked.transport.place.url + link["path"])


def _seconds(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,8})([smhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"must be a number with s, m, h or d, such as 12h or 30d, and not {text!r}")
    return int(found[1]) * _UNITS[found[2]]


_ACTIONS: Mapping[str, Callable[[Service, argparse.Namespace], None]] = {
    "create": _create,
    "list": _list,
    "revoke": _revoke,
    "link": _link,
}
