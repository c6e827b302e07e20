"""From a command's name to its module, and from words to its options."""

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Protocol, cast

from setpoint.cli.commands import COMMANDS
from setpoint.cli.misuse import Misuse
from setpoint.cli.parser import Parser


class Module(Protocol):
    """What the module of a command has."""

    def arguments(self, parser: Parser) -> None:
        """Add what the command takes."""
        ...

    def run(self, options: argparse.Namespace) -> int:
        """Carry it out; the exit code."""
        ...


def run(name: str, words: Sequence[str]) -> int:
    """Run the command of that name with `words`.

    Raises:
        Misuse: there is no such command, or it does not take these words.
    """
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS, n=1)
        guess = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
        raise Misuse(f"{name!r} is not a command; {guess}")
    command = COMMANDS[name]
    module = cast(Module, import_module(f"setpoint.cli.{command.module}"))
    called = f"setpoint {name}"
    parser = Parser(called, f"{called} {command.usage}".rstrip(), command.about, command.examples)
    module.arguments(parser)
    return module.run(parser.read(words))
