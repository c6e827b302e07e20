"""Places where a test may end the process, or make an error, around each step of a commit. None unless asked for."""

import os
from collections.abc import Callable, Mapping
from itertools import count
from types import MappingProxyType

Failpoints = Mapping[str, Callable[[], None]]

PLACES = ("begin.before", "rows.after", "commit.before", "commit.after")
"""Before the transaction, after its rows, before the commit, and after it, before anybody is told."""

NONE: Failpoints = MappingProxyType({})
EXIT_CODE = 137
"""As after a `kill -9`."""


def read(text: str) -> Failpoints:
    """Failpoints as `PLACE=exit` or `PLACE=exit:N` (the Nth time), with commas between several.

    Raises:
        ValueError: there is no such place or action.
    """
    return dict(_failpoint(each) for each in text.split(",") if each)


def _failpoint(text: str) -> tuple[str, Callable[[], None]]:
    place, _, action = text.partition("=")
    what, _, which = action.partition(":")
    if place not in PLACES or what != "exit":
        raise ValueError(f"{text!r} is no failpoint: they are {', '.join(PLACES)}, each with =exit or =exit:N")
    return place, _exit_at(int(which or 1))


def _exit_at(which: int) -> Callable[[], None]:
    passes = count(1)

    def end() -> None:
        if next(passes) == which:
            os._exit(EXIT_CODE)

    return end
