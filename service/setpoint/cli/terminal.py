"""What the terminal can show: which characters, whether in colour, how many."""

import shutil
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from setpoint.plotting.canvas import Charset

MIN_COLUMNS, MIN_ROWS, ROWS = 32, 8, 20


class Output(Protocol):
    """A stream that text is written to, as sys.stdout is one."""

    @property
    def encoding(self) -> str: ...

    def isatty(self) -> bool: ...


class Terminal(NamedTuple):
    """Where text is written to. `columns` and `rows` are those of a picture that leaves room for the prompt."""

    charset: Charset
    color: bool
    columns: int
    rows: int


def found(stream: Output, environ: Mapping[str, str]) -> Terminal:
    """The terminal behind `stream`, or what a file can take: no colour there, nor where NO_COLOR is set."""
    size = shutil.get_terminal_size((80, 24))
    dumb = environ.get("TERM") == "dumb"
    return Terminal(
        charset=_charset(stream.encoding, environ.get("TERM", "")),
        color=stream.isatty() and not environ.get("NO_COLOR") and not dumb,
        columns=max(MIN_COLUMNS, size.columns),
        rows=max(MIN_ROWS, min(ROWS, size.lines - 2)),
    )


def _charset(encoding: str, term: str) -> Charset:
    """The finest that can be written; the font of the Linux console has no braille."""
    if term != "linux" and _writes(encoding, "⣿"):
        return "braille"
    return "blocks" if _writes(encoding, "▚") else "ascii"


def _writes(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
