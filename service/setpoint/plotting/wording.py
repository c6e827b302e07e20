"""Words fit for a picture: of known width, with nothing in them that acts on a screen."""

from unicodedata import east_asian_width

from setpoint.plotting.chart import Chart, Series
from setpoint.plotting.numeral import short

DESCRIBED = 8


def printable(text: str) -> str:
    """Control, bidirectional and unpaired characters become U+FFFD: no escape sequence is left."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def cells(text: str) -> int:
    """Columns in a terminal: two for each wide East Asian character."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def clip(text: str, width: int) -> str:
    """At most `width` columns, ending in … where something is left out."""
    if cells(text) <= width:
        return text
    kept = text[: max(width - 1, 0)]
    while kept and cells(kept) > width - 1:
        kept = kept[:-1]
    return f"{kept}…"


def title(chart: Chart) -> str:
    """The title, or what the picture shows in its absence."""
    return chart.title or chart.y_label or "Chart"


def description(chart: Chart) -> str:
    """The picture in a sentence or two, for those who can't see it."""
    curves = [_curve(series) for series in chart.series[:DESCRIBED] if series.xs]
    more = len(chart.series) - DESCRIBED
    parts = curves or ["No values."]
    if more > 0:
        parts.append(f"And {more} more curves.")
    if chart.markers:
        parts.append(f"{len(chart.markers)} marked on the way.")
    if chart.now is not None:
        parts.append(f"Now at {short(chart.now)}.")
    return " ".join(parts)


def _curve(series: Series) -> str:
    name = f"{series.label}: " if series.label else ""
    start = f"{short(series.ys[0])} at {short(series.xs[0])}"
    if len(series.xs) == 1:
        return f"{name}{start}."
    low, high = short(min(series.ys)), short(max(series.ys))
    end = f"{short(series.ys[-1])} at {short(series.xs[-1])}"
    return f"{name}from {start} to {end}, between {low} and {high}."
