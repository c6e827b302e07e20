"""A chart as PNG: our own SVG, drawn by resvg with the font that lies beside this file."""

import re
from contextlib import ExitStack
from importlib.resources import as_file, files

from setpoint.errors import Fault, InvalidRequest, SetpointError
from setpoint.plotting import svg
from setpoint.plotting.chart import Chart

MAX_PIXELS = 32_000_000
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")

# What the font has no shape for would be left out of the picture without a word: U+FFFD stands in
# for it.
UNDRAWN = re.compile(
    "[^\n -~\u00a0-\u017f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f"
    "\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u2030\u2032\u2033\u2070\u2071\u2074-\u208e"
    "\u20ac\u2190-\u2193\u21d2\u2200-\u220f\u2211\u2212\u2215\u2218-\u221a\u221e\u2248\u2260"
    "\u2264\u2265\u25cf\u2713]"
)


class MissingExtra(SetpointError):
    code = "missing-extra"
    title = "A part of Setpoint is not installed"
    advice = "Install it with: pip install 'setpoint[plot]'"


def render(chart: Chart, *, scale: float = 2.0) -> bytes:
    """The chart as a PNG file, `scale` device pixels to each of the chart's.

    The theme "auto" is light here.

    Raises:
        MissingExtra: resvg-py, which the extra `plot` brings, is not installed.
        InvalidRequest: a scale outside 0.25 to 8, or more than 32 million pixels.
    """
    _check(chart, scale)
    try:
        from resvg_py import svg_to_bytes
    except ImportError as missing:
        detail = "PNG needs resvg-py, which the extra `plot` installs; SVG needs nothing"
        raise MissingExtra(detail, extra="plot") from missing
    folder = files("setpoint.plotting") / "fonts"
    with ExitStack() as unpacked:
        return svg_to_bytes(
            svg_string=UNDRAWN.sub("\ufffd", svg.render(chart)),
            zoom=scale,
            skip_system_fonts=True,
            font_files=[str(unpacked.enter_context(as_file(folder / font))) for font in FONTS],
            font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
        )


def _check(chart: Chart, scale: float) -> None:
    if not 0.25 <= scale <= 8:
        fault = Fault("/scale", f"must be from 0.25 to 8, not {scale}")
        raise InvalidRequest("a picture of that scale can't be drawn", faults=[fault])
    if chart.width * chart.height * scale * scale > MAX_PIXELS:
        raise InvalidRequest(f"a PNG has at most {MAX_PIXELS} pixels: ask for a smaller size or scale")
