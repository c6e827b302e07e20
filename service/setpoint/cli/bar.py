"""How far long work is: a bar on a terminal's last line; where there is none, a line now and then."""

import sys
from collections.abc import Callable
from time import monotonic
from typing import Protocol

WIDTH = 24
_TERMINAL_SECONDS, _LINE_SECONDS = 0.1, 10.0


class Output(Protocol):
    def isatty(self) -> bool: ...
    def write(self, text: str, /) -> int: ...
    def flush(self) -> None: ...


class Bar:
    """Of one piece of work, which `doing` names."""

    def __init__(self, doing: str, output: Output | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._doing = doing
        self._output = sys.stderr if output is None else output
        self._clock = clock
        self._begun = self._shown = clock()
        self._is_terminal = self._output.isatty()

    def show(self, done: int, of: int, events: int) -> None:
        """So many runs are done, of so many; and so many events."""
        now, is_end = self._clock(), done == of
        if not is_end and now - self._shown < (_TERMINAL_SECONDS if self._is_terminal else _LINE_SECONDS):
            return
        self._shown = now
        text = f"{self._doing} {_bar(done, of)} {done:,} of {of:,} runs, {events:,} events{self._left(done, of, now)}"
        if self._is_terminal:
            self._output.write(f"\r\x1b[K{text}" + ("\n" if is_end else ""))
        else:
            self._output.write(f"{text}\n")
        self._output.flush()

    def _left(self, done: int, of: int, now: float) -> str:
        """For how long it goes on, if it goes on like this."""
        if not 0 < done < of:
            return ""
        return f", {(now - self._begun) * (of - done) / done:,.0f} s left"


def _bar(done: int, of: int) -> str:
    full = WIDTH if of == 0 else WIDTH * done // of
    return f"[{'#' * full}{'.' * (WIDTH - full)}] {100 if of == 0 else 100 * done // of:3d} %"
