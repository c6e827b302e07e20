"""Where everything stands in the picture, in pixels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from setpoint.plotting import axis, wording
from setpoint.plotting.axis import Axis
from setpoint.plotting.chart import Chart, Series
from setpoint.plotting.path import Point

SMALL, LARGE = 11, 15
MARGIN = 16
TITLE_ROW, KEY_ROW, FLAG_ROW, TICK_ROW = 26, 20, 14, 22
GAP = 12
LEAST_PLOT = 40
SAMPLE, KEY_GAP = 26, 16
MAX_FLAG_ROWS = 3
MAX_FLAG_CELLS = 28
NARROW, BROAD = frozenset(" !'(),./:;I[]fijlrt|·"), frozenset("%@MWmw—…\ufffd")


@dataclass(frozen=True, slots=True)
class Flag:
    """A label above the plot, over a marker's line. `row` counts upwards from the plot."""

    x: float
    text: str
    row: int
    now: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot's rectangle and its two axes."""

    left: float
    top: float
    right: float
    bottom: float
    across: Axis
    up: Axis

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * self.across.fraction(value)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * self.up.fraction(value)

    def points(self, series: Series) -> list[Point]:
        """A curve in pixels."""
        return [(self.x(x), self.y(y)) for x, y in zip(series.xs, series.ys, strict=True)]


@dataclass(frozen=True, slots=True)
class Layout:
    """The frame, and the rows above it."""

    frame: Frame
    flags: tuple[Flag, ...]
    key: tuple[Series, ...]


def arrange(chart: Chart) -> Layout:
    """Sizes every part of `chart`."""
    across, up = (
        horizontal(chart, count=max(2, chart.width // 120)),
        vertical(chart, chart.height // 60),
    )
    left = MARGIN + max(text_width(label) for label in labels(up)) + 8
    overhang = max(text_width(label) for label in labels(across)) / 2
    right = max(chart.width - MARGIN - overhang, left + LEAST_PLOT)
    bottom = chart.height - MARGIN - TICK_ROW + 8 - (KEY_ROW - 4 if chart.x_label else 0)
    key = _fitting(named(chart), right - 2 * MARGIN - text_width(chart.y_label))
    heading = MARGIN - 4 + (TITLE_ROW if chart.title else 0) + (KEY_ROW if key or chart.y_label else 0)
    flags = tuple(_flags(chart, Frame(left, 0, right, bottom, across, up)))
    rows = max((flag.row + 1 for flag in flags), default=0)
    frame = Frame(left, heading + rows * FLAG_ROW + GAP, right, bottom, across, up)
    return Layout(frame, flags, key)


def horizontal(chart: Chart, *, count: int) -> Axis:
    """The axis of all xs: curves, markers and now. Whole ticks where every x is whole."""
    now = [] if chart.now is None else [chart.now]
    xs = [*chain.from_iterable(series.xs for series in chart.series), *now]
    xs += [marker.x for marker in chart.markers]
    whole = all(float(x).is_integer() for x in xs)
    return axis.fit(xs, log=chart.x_log, tight=True, whole=whole, count=count)


def vertical(chart: Chart, count: int) -> Axis:
    """The axis of the ys."""
    ys = chain.from_iterable(series.ys for series in chart.series)
    return axis.fit(ys, log=chart.y_log, count=max(2, min(count, 8)))


def labels(along: Axis) -> list[str]:
    """Everything written along an axis; one empty text where there is nothing."""
    return [tick.label for tick in along.ticks] + [along.floor]


def named(chart: Chart) -> tuple[Series, ...]:
    """The curves that need a key: all with a name, once there are two."""
    found = tuple(series for series in chart.series if series.label)
    return found if len(found) > 1 else ()


def key_name(series: Series) -> str:
    """What the key calls a curve."""
    return wording.clip(wording.printable(series.label), MAX_FLAG_CELLS)


def _fitting(key: Sequence[Series], room: float) -> tuple[Series, ...]:
    """The first names that fit side by side; a tooltip names the others' curves."""
    sizes = (SAMPLE + text_width(key_name(series)) + KEY_GAP for series in key)
    return tuple(series for series, end in zip(key, accumulate(sizes), strict=True) if end <= room)


def text_width(text: str, size: float = SMALL) -> float:
    """About how wide a text is drawn, in the widest of the fonts that are asked for."""
    return size * sum(map(_advance, text))


def _advance(character: str) -> float:
    """The share of the size that one character takes: 0.64 for a digit."""
    if character in NARROW:
        return 0.4
    if character in BROAD or wording.cells(character) > 1:
        return 1.0
    return 0.64


def _flags(chart: Chart, frame: Frame) -> Iterator[Flag]:
    """Each on the lowest row with room for it; without room its line's tooltip has to do."""
    wanted = [(frame.x(marker.x), wording.printable(marker.label), False) for marker in chart.markers]
    if chart.now is not None:
        wanted.append((frame.x(chart.now), "now", True))
    ends = [float("-inf")] * MAX_FLAG_ROWS
    for line, words, now in sorted(wanted):
        text = wording.clip(words, MAX_FLAG_CELLS)
        half = text_width(text) / 2
        x = min(max(line, frame.left + half), chart.width - half - 4)
        row = _free_row(ends, x - half)
        if text and row is not None:
            ends[row] = x + half + 6
            yield Flag(x, text, row, now)


def _free_row(ends: Sequence[float], start: float) -> int | None:
    return next((row for row, end in enumerate(ends) if end <= start), None)
