"""The store that a command works on: the one that `setpoint serve` uses with the same flags and environment."""

import argparse
import os
import sys
from time import monotonic

from setpoint.settings import Settings, read

_PAUSE_SECONDS = 0.2


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add --data and --database-url."""
    parser.add_argument("--data", help="the folder of the store ($SETPOINT_DATA; ~/.local/share/setpoint)")
    parser.add_argument("--database-url", help="sqlite:///PATH or postgresql://... ($SETPOINT_DATABASE_URL)")


def settings(options: argparse.Namespace) -> Settings:
    """What the flags and the environment say.

    Raises:
        InvalidSetting: a value is not of its form.
    """
    return read({"data": options.data, "database_url": options.database_url}, os.environ)


class Counter:
    """How far long work is, on a terminal's last line; where there is none, nothing."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty()
        self._last = 0.0

    def copied(self, pages: int, of: int) -> None:
        self._show(f"copied {100 * pages // max(of, 1)} %")

    def examined(self, runs: int) -> None:
        self._show(f"looked through {runs} runs")

    def end(self) -> None:
        """Take it away again."""
        if self._shows:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _show(self, text: str) -> None:
        now = monotonic()
        if self._shows and now - self._last > _PAUSE_SECONDS:
            self._last = now
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
