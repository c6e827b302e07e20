"""A chart in a terminal: braille dots, quarter blocks, or plain ASCII."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from setpoint.errors import Fault, InvalidRequest
from setpoint.plotting import canvas, layout, trail, wording
from setpoint.plotting.axis import Axis
from setpoint.plotting.canvas import Canvas, Charset, Dot
from setpoint.plotting.chart import Chart, Series
from setpoint.plotting.sparkline import sparkline

__all__ = ["render", "sparkline"]

MIN_WIDTH, MIN_HEIGHT = 32, 8
COLOURS = (94, 95, 92, 91, 96)
PREVIEW, MUTED, BOLD, PLAIN = 33, 90, 1, 0

# Of each period of dots along a curve, how many are drawn.
PATTERNS = {"solid": (1, 1), "dotted": (1, 3), "dashed": (4, 6)}
PLAINER = str.maketrans("\u2026\u00d7\u00b7\u2264\u2013\u2014", "~x-<--")
SAMPLES = {"solid": "───", "dotted": "···", "dashed": "╌╌╌"}


@dataclass(frozen=True, slots=True)
class Pens:
    """With which characters the chart is written, and whether in colour (ANSI escapes)."""

    charset: Charset
    color: bool

    def write(self, text: str, code: int) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and code and text.strip() else text

    def rule(self, now: bool) -> str:
        plain = self.charset == "ascii"
        return ("|" if plain else "│") if now else (":" if plain else "┊")

    def broken(self) -> str:
        """The side of an axis that is broken here."""
        return "~" if self.charset == "ascii" else "≈"

    def border(self) -> tuple[str, str, str, str]:
        """Side, side at a tick, corner, bottom."""
        return ("|", "+", "+", "-") if self.charset == "ascii" else ("│", "┤", "└", "─")


@dataclass(frozen=True, slots=True)
class Plot:
    """The dots, and the axes that placed them."""

    dots: Canvas
    across: Axis
    up: Axis

    def column(self, x: float) -> int:
        return round(self.across.fraction(x) * (self.dots.columns - 1))

    def row(self, y: float) -> int:
        return round((1 - self.up.fraction(y)) * (self.dots.rows - 1))

    def trail(self, series: Series) -> list[Dot]:
        right, bottom = self.dots.width - 1, self.dots.height - 1
        return [
            (round(self.across.fraction(x) * right), round((1 - self.up.fraction(y)) * bottom))
            for x, y in zip(series.xs, series.ys, strict=True)
        ]


def render(
    chart: Chart,
    *,
    width: int = 80,
    height: int = 20,
    charset: Charset = "braille",
    color: bool = False,
) -> str:
    """The chart in at most `height` lines of `width` columns, without a line break at the end.

    `charset` "braille" has the finest dots; "ascii" is for terminals that are not UTF-8: nothing in
    it needs more, labels included. `color` adds ANSI escapes.

    Raises:
        InvalidRequest: narrower than 32 columns, or lower than 8 lines.
    """
    _check("width", width, MIN_WIDTH)
    _check("height", height, MIN_HEIGHT)
    pens = Pens(charset, color)
    above = list(_heading(chart, width, pens))
    flagged = bool(chart.markers or chart.now is not None)
    rows = height - len(above) - flagged - 2 - bool(chart.x_label)
    up = layout.vertical(chart, count=rows // 3)
    margin = max(map(len, layout.labels(up))) + 1
    across = layout.horizontal(chart, count=max(2, (width - margin) // 8))
    plot = Plot(Canvas(width - margin - 1, rows, charset), across, up)
    _draw(chart, plot)
    body = [
        *([_flags(chart, plot, margin, pens)] if flagged else []),
        *_rows(chart, plot, margin, pens),
    ]
    foot = [*_foot(plot, margin, pens), *_below(chart, width, pens)]
    lines = "\n".join(line.rstrip() for line in [*above, *body, *foot])
    return _in_ascii(lines) if charset == "ascii" else lines


def _check(name: str, size: int, least: int) -> None:
    if size < least:
        fault = Fault(f"/{name}", f"must be at least {least}, not {size}")
        raise InvalidRequest(f"a chart of {name} {size} can't be drawn", faults=[fault])


def _code(series: Series) -> int:
    return PREVIEW if series.style == "dashed" else COLOURS[series.hue % len(COLOURS)]


def _heading(chart: Chart, width: int, pens: Pens) -> Iterator[str]:
    for words, code in ((chart.title, BOLD), (chart.y_label, MUTED)):
        if words:
            yield pens.write(wording.clip(wording.printable(words), width), code)
    names = [
        (f"{_sample(index, series, pens)} {wording.printable(series.label)}", _code(series))
        for index, series in enumerate(chart.series)
        if series.label
    ]
    if len(names) > 1:
        yield _packed(names, width, pens)


def _sample(index: int, series: Series, pens: Pens) -> str:
    return canvas.MARKS[index % len(canvas.MARKS)] if pens.charset == "ascii" else SAMPLES[series.style]


def _packed(names: Sequence[tuple[str, int]], width: int, pens: Pens) -> str:
    """The key in one line, each name clipped to its share of it."""
    share = max(8, width // len(names) - 2)
    shown = names[: max(1, width // (share + 2))]
    return "  ".join(pens.write(wording.clip(name, share), code) for name, code in shown)


def _draw(chart: Chart, plot: Plot) -> None:
    for pen, series in enumerate(chart.series):
        join = trail.stairs if series.shape == "step" else trail.lines
        drawn, period = PATTERNS[series.style]
        dots = enumerate(join(plot.trail(series)))
        plot.dots.draw((dot for index, dot in dots if index % period < drawn), pen)


def _flags(chart: Chart, plot: Plot, margin: int, pens: Pens) -> str:
    """Names over the markers, each where there is room; the others have only their line."""
    wanted = [(plot.column(marker.x), wording.printable(marker.label), PREVIEW) for marker in chart.markers]
    if chart.now is not None:
        wanted.append((plot.column(chart.now), "now", PLAIN))
    line, end = " " * (margin + 1), 0
    for column, words, code in sorted(wanted):
        text = wording.clip(words, 16)
        size = wording.cells(text)
        start = max(0, min(column - size // 2, plot.dots.columns - size))
        if text and (start > end or not end):
            line += " " * (start - end) + pens.write(text, code)
            end = start + size
    return line


def _rows(chart: Chart, plot: Plot, margin: int, pens: Pens) -> Iterator[str]:
    side, tick, _, _ = pens.border()
    labels = {plot.row(mark.value): mark.label for mark in reversed(plot.up.ticks)}
    edges = dict.fromkeys(labels, tick)
    if plot.up.floor:
        labels[plot.dots.rows - 1], edges[plot.dots.rows - 1] = plot.up.floor, pens.broken()
    rules = {plot.column(marker.x): (pens.rule(now=False), PREVIEW) for marker in chart.markers}
    if chart.now is not None:
        rules[plot.column(chart.now)] = (pens.rule(now=True), PLAIN)
    codes = [_code(series) for series in chart.series]
    for row in range(plot.dots.rows):
        label = labels.get(row, "").rjust(margin - 1) + " "
        cells = (_cell(plot.dots, (column, row), rules, codes) for column in range(plot.dots.columns))
        yield pens.write(label + edges.get(row, side), MUTED) + _coloured(cells, pens)


def _cell(dots: Canvas, cell: Dot, rules: dict[int, tuple[str, int]], codes: list[int]) -> tuple[str, int]:
    if cell in dots.dots:
        return dots.glyph(cell), codes[dots.pens[cell]]
    return rules.get(cell[0], (" ", PLAIN))


def _coloured(cells: Iterable[tuple[str, int]], pens: Pens) -> str:
    runs = groupby(cells, key=lambda cell: cell[1])
    return "".join(pens.write("".join(glyph for glyph, _ in run), code) for code, run in runs)


def _foot(plot: Plot, margin: int, pens: Pens) -> Iterator[str]:
    """The lower side of the plot, and the labels under it."""
    _, _, corner, bottom = pens.border()
    yield pens.write(" " * margin + corner + bottom * plot.dots.columns, MUTED)
    places = [(plot.column(tick.value), tick.label) for tick in plot.across.ticks]
    if plot.across.floor:
        places.insert(0, (0, plot.across.floor))
    line = ""
    for column, label in places:
        start = margin + 1 + min(column - len(label) // 2, plot.dots.columns - len(label))
        if start > len(line):
            line = line.ljust(start) + label
    yield pens.write(line, MUTED)


def _below(chart: Chart, width: int, pens: Pens) -> Iterator[str]:
    if chart.x_label:
        text = wording.clip(wording.printable(chart.x_label), width)
        yield " " * ((width - wording.cells(text)) // 2) + pens.write(text, MUTED)


def _in_ascii(text: str) -> str:
    """The same columns, with a plain character for each that is not ASCII."""
    return text.translate(PLAINER).encode("ascii", "replace").decode("ascii")
