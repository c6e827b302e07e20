"""`setpoint watch`: a run as it goes on, until Ctrl-C."""

import argparse
import json
import os
import sys
from contextlib import suppress
from typing import NoReturn

from setpoint.cli import service, wording
from setpoint.cli.feed import Feed, Heard
from setpoint.cli.parser import Parser
from setpoint.cli.service import Service
from setpoint.client import call
from setpoint.client.events import RESET
from setpoint.errors import Unavailable


def arguments(parser: Parser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="the run's name (all runs, a line each time)")
    service.arguments(parser, name=False)
    parser.add_argument("--lines", action="store_true", help="a line for each event on a terminal, too")
    parser.add_argument("--json", action="store_true", help="a JSON document for each event, on a line of its own")


def run(options: argparse.Namespace) -> int:
    """Show what happens until Ctrl-C, which is how it ends."""
    with service.connected(options) as asked:
        name: str | None = options.run
        if name is not None:
            asked.ask(call.show(name))
        feed = Feed(asked.transport, name)
        with suppress(KeyboardInterrupt):
            if name is not None and _is_live(options):
                _live(asked, feed, name)
            _lines(asked, feed, options)
    return 0


def _is_live(options: argparse.Namespace) -> bool:
    plain = options.lines or options.json or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def _live(asked: Service, feed: Feed, name: str) -> NoReturn:
    from setpoint.cli.screen import Screen

    screen = Screen(asked, name)
    while True:
        screen.show(feed.next(screen.pause()))


def _lines(asked: Service, feed: Feed, options: argparse.Namespace) -> NoReturn:
    away = False
    while True:
        for heard in feed.next():
            if isinstance(heard, Unavailable):
                if not away:
                    print(f"{heard}; trying again", file=sys.stderr, flush=True)
                away = True
            else:
                if away:
                    print(f"{asked.transport.place.url} is back", file=sys.stderr, flush=True)
                away = False
                _print(heard, as_json=options.json)


def _print(heard: Heard, *, as_json: bool) -> None:
    assert not isinstance(heard, Unavailable)
    line = json.dumps(heard.data) if as_json else wording.event(heard.kind, heard.data)
    if heard.kind != RESET and line is not None:
        print(line if as_json else f"{heard.data.get('at', '')} {heard.run}: {line}", flush=True)
