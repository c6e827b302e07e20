"""One command's arguments: argparse, whose errors are ours, and whose flags may hang on what else is given."""

import argparse
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NoReturn

from setpoint.cli.misuse import Misuse


class Parser(argparse.ArgumentParser):
    """The parser of one command.

    `before` holds what is called with the words of the command line before they are parsed, so that it may add flags.
    `hint` is what an unknown flag is told beside its likeliest spelling.
    """

    def __init__(self, prog: str, usage: str, about: str, examples: Sequence[str]) -> None:
        super().__init__(
            prog=prog,
            usage=usage,
            description=about,
            epilog="\n".join(["examples:", *(f"  {example}" for example in examples)]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.before: list[Callable[[Sequence[str]], None]] = []
        self.hint = ""

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """What `words` say.

        Raises:
            Misuse: a flag is unknown or lacks its value, or there is a word too many.
        """
        for prepare in self.before:
            prepare(words)
        options, rest = self.parse_known_args(words)
        unknown = next((word for word in rest if word.startswith("-") and word != "-"), None)
        if unknown:
            raise Misuse(self._unknown(unknown.partition("=")[0]))
        if rest:
            raise Misuse(f"{rest[0]!r} is one word too many")
        return options

    def error(self, message: str) -> NoReturn:
        raise Misuse(message.removeprefix("argument "))

    @property
    def flags(self) -> list[str]:
        """Every flag that it knows."""
        return [*self._option_string_actions]

    def _unknown(self, flag: str) -> str:
        near = get_close_matches(flag, self.flags, n=1)
        guess = f" (did you mean {near[0]}?)" if near else ""
        return f"{flag} is not known here{guess}{self.hint}"
