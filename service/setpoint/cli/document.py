"""JSON from a file, from standard input or from the command line itself; strict, as the service is."""

import json
import sys
from pathlib import Path
from typing import NoReturn

from setpoint.cli.misuse import Misuse

STDIN = "-"
_MOST_BYTES = 2**24


def name(source: str) -> str:
    """What to call it in an error."""
    if source == STDIN:
        return "standard input"
    return "the JSON written" if written(source) else source


def written(source: str) -> bool:
    """Whether `source` is JSON itself rather than the name of a file."""
    return source.lstrip().startswith("{")


def load(source: str) -> object:
    """The JSON in the file `source`; of standard input where it is `-`; of itself where it begins with a brace.

    Raises:
        Misuse: there is no such file, or it is not JSON: no NaN, no key twice.
    """
    try:
        return parsed(_text(source))
    except RecursionError:
        raise Misuse(f"{name(source)} is nested too deep") from None
    except ValueError as wrong:
        raise Misuse(f"{name(source)} is not JSON: {wrong}") from None


def parsed(text: str) -> object:
    """The value that `text` is.

    Raises:
        ValueError: it is not JSON, or not strictly.
    """
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _text(source: str) -> str:
    if written(source):
        return source
    try:
        with sys.stdin.buffer if source == STDIN else Path(source).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Misuse(f"{source} can't be read: {error.strerror}") from None
    if len(content) > _MOST_BYTES:
        raise Misuse(f"{name(source)} is longer than 16 MiB, which no schedule is")
    return content.decode("utf-8-sig")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands there twice")
        found[key] = value
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number that JSON knows")
