"""A run on a terminal, drawn anew in its place as it goes on."""

import os
import sys
import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from setpoint.cli import run_picture, table, terminal, wording
from setpoint.cli.facts import facts, present, progress
from setpoint.cli.feed import Heard
from setpoint.cli.service import Service
from setpoint.client import call
from setpoint.client.events import RESET
from setpoint.errors import Unavailable
from setpoint.plotting.sparkline import sparkline

_LATEST = 5
_POINTS = 400
_AT_MOST_EVERY_SECONDS = 0.5
_AT_LEAST_EVERY_SECONDS = 5.0
_LONGEST_CURVE = 72


class Screen:
    """What is on the terminal: the run's facts, its curve in a line, and what happened last."""

    def __init__(self, asked: Service, name: str) -> None:
        self._asked = asked
        self._name = name
        self._latest: deque[str] = deque(maxlen=_LATEST)
        self._height = 0
        self._drawn = 0.0
        self._facts: dict[str, Any] = {}
        self._curve: Mapping[str, Any] = {}

    def pause(self) -> float:
        """How long to wait for something to happen before it is drawn all the same."""
        return _AT_LEAST_EVERY_SECONDS if self._height else 0.0

    def show(self, heard: Sequence[Heard]) -> None:
        """Draw the run as it is now, `heard` having happened."""
        time.sleep(max(0.0, self._drawn + _AT_MOST_EVERY_SECONDS - time.monotonic()))
        lost = None
        for each in heard:
            if isinstance(each, Unavailable):
                lost = each
            elif each.kind != RESET and (line := wording.event(each.kind, each.data)) is not None:
                self._latest.appendleft(f"{each.data['at'][11:19]}  {line}")
        try:
            self._facts = facts(self._asked, self._name)
            self._curve = self._asked.ask(call.curve(self._name, points=_POINTS))
        except Unavailable as error:
            lost = error
        self._draw(lost)

    def _draw(self, lost: Unavailable | None) -> None:
        here = terminal.found(sys.stdout, os.environ)
        lines = list(page(self._facts, self._curve, self._latest, here, lost)) if self._facts else [str(lost)]
        lines = [line[: here.columns - 1] for line in lines]
        back = f"\x1b[{self._height}F\x1b[J" if self._height else ""
        sys.stdout.write(back + "\n".join(lines) + "\n")
        sys.stdout.flush()
        self._height, self._drawn = len(lines), time.monotonic()


def page(
    run: Mapping[str, Any],
    curve: Mapping[str, Any],
    latest: Sequence[str],
    here: terminal.Terminal,
    lost: Unavailable | None = None,
) -> Iterator[str]:
    """The lines of it."""
    found = dict(run)
    yield f"{run['run']}  {run['state']}  {run['unit']} {progress(found)}  lr {wording.number(run['lr'])}"
    width = min(_LONGEST_CURVE, here.columns - 2)
    yield from _line(curve, width, ascii_only=here.charset == "ascii")
    rows = [["next change", _coming(curve)], ["workers", present(run["present"])], ["Ctrl-C", "ends this"]]
    yield from table.rows(rows, here.columns, indent=0)
    if lost is not None:
        yield f"{lost}; what is shown is from before, and it is tried again"
    yield from latest


def _line(curve: Mapping[str, Any], width: int, *, ascii_only: bool) -> Iterator[str]:
    """The curve in a line, its scale beside the mark of where the run is."""
    epochs, rates = run_picture.epochs(curve), curve["lr"]
    start, stop = epochs[0], epochs[-1] + 1
    width = min(width, stop - start)
    even = [rates[bisect_right(epochs, start + i * (stop - start) // width) - 1] for i in range(width)]
    at = min(width - 1, max(0, (curve["position"] - start) * width // (stop - start)))
    yield sparkline(even, width, ascii_only=ascii_only)
    said = f"{curve['unit']} {curve['position']}"
    yield " " * at + "^ " + said if at + len(said) + 2 <= width else " " * (at - len(said) - 1) + said + " ^"


def _coming(curve: Mapping[str, Any]) -> str:
    coming = [mark for mark in curve.get("changes", ()) if mark["epoch"] > curve["position"]]
    return "; ".join(f"{mark['label']} at {mark['epoch']}" for mark in coming) or _moving(curve)


def _moving(curve: Mapping[str, Any]) -> str:
    """When the schedule itself moves next."""
    epochs, rates = run_picture.epochs(curve), curve["lr"]
    here = min(bisect_left(epochs, curve["position"]), len(epochs) - 1)
    at = next((i for i in range(here, len(epochs)) if rates[i] != rates[here]), None)
    if at is None:
        return "none"
    stays = at + 1 == len(epochs) or rates[at + 1] == rates[at]
    if stays and epochs[at] - epochs[at - 1] == 1:
        return f"lr {wording.number(rates[at])} at {epochs[at]}"
    return f"every {curve['unit']}" if at - here <= 1 else f"from {epochs[at - 1]} on"
