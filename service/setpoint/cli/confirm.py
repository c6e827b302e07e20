"""Asks before something is done that workers feel."""

import argparse
import sys

from setpoint.cli.misuse import Misuse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add --dry-run and --yes."""
    parser.add_argument("--dry-run", action="store_true", help="say what it would do, and do nothing")
    parser.add_argument("--yes", "-y", action="store_true", help="do it without asking")


def agreed(question: str) -> bool:
    """Whether the person at the terminal says yes.

    Raises:
        Misuse: there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise Misuse("there is nobody to ask: --yes does it without asking, --dry-run only says what it would do")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
