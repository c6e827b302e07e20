"""What a picture shows: curves, markers and a rule for now. Numbers and words only, no pixels.

`svg.render`, `png.render` and `text.render` all draw a `Chart`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from setpoint.errors import Fault, InvalidRequest

Style = Literal["solid", "dotted", "dashed"]
Shape = Literal["step", "line"]
Theme = Literal["auto", "light", "dark"]

MIN_WIDTH, MIN_HEIGHT, MAX_SIDE = 240, 200, 8192


@dataclass(frozen=True, slots=True)
class Series:
    """One curve through (xs[i], ys[i]), with xs in rising order.

    `style` says what it is: "solid" is sealed (or simply a curve), "dotted" planned, "dashed" a
    preview of a change. `shape` "step" holds each y until the next x (horizontal, then vertical);
    "line" joins the points. `hue` picks the colour of solid and dotted curves: give a curve and its
    planned continuation the same one. A dashed curve always has the colour of a preview.

    Raises:
        InvalidRequest: xs and ys differ in length, or hold a number that is not finite.
    """

    xs: Sequence[float]
    ys: Sequence[float]
    label: str = ""
    style: Style = "solid"
    shape: Shape = "step"
    hue: int = 0

    def __post_init__(self) -> None:
        if len(self.xs) != len(self.ys):
            raise InvalidRequest(f"a curve has {len(self.xs)} xs but {len(self.ys)} ys")
        if not (all(map(isfinite, self.xs)) and all(map(isfinite, self.ys))):
            raise InvalidRequest("a curve holds a number that is not finite, and can't be drawn")


@dataclass(frozen=True, slots=True)
class Marker:
    """A vertical dotted line at `x` with a short label, such as "hold"."""

    x: float
    label: str = ""

    def __post_init__(self) -> None:
        if not isfinite(self.x):
            raise InvalidRequest("a marker stands at a number that is not finite")


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything a picture shows. `width` and `height` are in CSS pixels; the terminal has its own.

    `now` draws a solid vertical rule. On a log axis values at or below zero stand on a marked floor
    under a break. `theme` "auto" is light, and turns dark where the reader prefers that.

    Raises:
        InvalidRequest: a size outside 240x200 to 8192x8192, or a `now` that is not finite.
    """

    series: Sequence[Series]
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    markers: Sequence[Marker] = ()
    now: float | None = None
    x_log: bool = False
    y_log: bool = False
    width: int = 960
    height: int = 400
    theme: Theme = "auto"

    def __post_init__(self) -> None:
        _check_side("width", self.width, MIN_WIDTH)
        _check_side("height", self.height, MIN_HEIGHT)
        if self.now is not None and not isfinite(self.now):
            raise InvalidRequest("`now` is not finite")


def _check_side(name: str, side: int, least: int) -> None:
    if not least <= side <= MAX_SIDE:
        fault = Fault(f"/{name}", f"must be from {least} to {MAX_SIDE}, not {side}")
        raise InvalidRequest(f"a picture of {name} {side} can't be drawn", faults=[fault])
