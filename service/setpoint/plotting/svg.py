"""A chart as one SVG document: no script, no external font, every text escaped.

Colours are attributes, so that it looks the same where style sheets are forbidden or unknown; with
the theme "auto" a style sheet turns them dark where the reader prefers that.
"""

from collections.abc import Iterator
from html import escape

from setpoint.plotting import layout, path, wording
from setpoint.plotting.axis import FLOOR
from setpoint.plotting.chart import Chart, Series
from setpoint.plotting.layout import Flag, Frame, Layout
from setpoint.plotting.palette import DARK, LIGHT, Palette
from setpoint.plotting.path import pixels

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"
STROKES = {
    "solid": 'stroke-width="2.25"',
    "dotted": 'stroke-width="1.75" stroke-dasharray="2.5 3.5" stroke-opacity=".85"',
    "dashed": 'stroke-width="2" stroke-dasharray="6 3"',
}


def render(chart: Chart) -> str:
    """The chart as text of an SVG document, `chart.width` by `chart.height` pixels."""
    colours = DARK if chart.theme == "dark" else LIGHT
    plan = layout.arrange(chart)
    body = [
        *_grid(plan.frame, colours),
        *_markers(chart, plan.frame, colours),
        *(_curve(series, plan.frame, colours) for series in chart.series if series.xs),
        *_now(chart, plan.frame, colours),
        *(_flag(flag, plan.frame, colours) for flag in plan.flags),
        *_words(chart, plan, colours),
    ]
    return "\n".join([*_head(chart, colours), *body, "</svg>\n"])


def _text(text: str) -> str:
    return escape(wording.printable(text))


def _paint(name: str, role: str, colour: str) -> str:
    """A colour, and the class by which a dark page changes it."""
    return f'class="{role}-{name}" {role}="{colour}"'


def _head(chart: Chart, colours: Palette) -> Iterator[str]:
    size = f"{chart.width} {chart.height}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{chart.width}"'
        f' height="{chart.height}" role="img" class="setpoint-{chart.theme}" font-family="{FONT}"'
        f' font-size="{layout.SMALL}">'
    )
    yield f"<title>{_text(wording.title(chart))}</title>"
    yield f"<desc>{_text(wording.description(chart))}</desc>"
    if chart.theme == "auto":
        yield _dark_style()
    background = _paint("background", "fill", colours.background)
    yield f'<rect width="100%" height="100%" rx="6" {background}/>'


def _dark_style() -> str:
    names = ("background", "ink", "muted", "grid", "preview")
    pairs = [(name, getattr(DARK, name)) for name in names]
    pairs += [(f"curve{index}", colour) for index, colour in enumerate(DARK.curves)]
    rules = "".join(
        f".setpoint-auto .{role}-{name}{{{role}:{colour}}}" for name, colour in pairs for role in ("fill", "stroke")
    )
    return f"<style>@media(prefers-color-scheme:dark){{{rules}}}</style>"


def _grid(frame: Frame, colours: Palette) -> Iterator[str]:
    left, right = pixels(frame.left), pixels(frame.right)
    heights = [(frame.y(tick.value), tick.label) for tick in frame.up.ticks]
    lines = "".join(f"M{left} {pixels(y)}H{right}" for y, _ in heights)
    yield f'<path {_paint("grid", "stroke", colours.grid)} d="{lines}"/>'
    if frame.up.floor:
        yield from _floor(frame, colours)
        heights.append((frame.bottom, frame.up.floor))
    muted = _paint("muted", "fill", colours.muted)
    x = pixels(frame.left - 8)
    yield f'<g {muted} text-anchor="end">'
    yield "".join(f'<text x="{x}" y="{pixels(y + 4)}">{_text(label)}</text>' for y, label in heights)
    yield f'</g>\n<g {muted} text-anchor="middle">'
    yield "".join(_across_labels(frame))
    yield "</g>"


def _across_labels(frame: Frame) -> Iterator[str]:
    y = pixels(frame.bottom + 18)
    places = [(frame.x(tick.value), tick.label) for tick in frame.across.ticks]
    if frame.across.floor:
        places.insert(0, (frame.left, frame.across.floor))
    end = float("-inf")
    for x, label in places:
        half = layout.text_width(label) / 2
        if x - half >= end:
            end = x + half + 8
            yield f'<text x="{pixels(x)}" y="{y}">{_text(label)}</text>'


def _floor(frame: Frame, colours: Palette) -> Iterator[str]:
    """The line where values without a logarithm stand, and the break between it and the scale."""
    left, right, bottom = pixels(frame.left), pixels(frame.right), pixels(frame.bottom)
    stroke = _paint("muted", "stroke", colours.muted)
    fine = 'stroke-opacity=".6" stroke-dasharray="1 3"'
    yield f'<path {stroke} {fine} d="M{left} {bottom}H{right}"/>'
    middle = frame.bottom - (frame.bottom - frame.top) * FLOOR / 2
    slashes = "".join(f"M{pixels(frame.left - 5)} {pixels(middle + dy)}l10 -5" for dy in (1, 5))
    yield f'<path {stroke} d="{slashes}"/>'


def _curve(series: Series, frame: Frame, colours: Palette) -> str:
    points = path.thin(frame.points(series))
    name = f"<title>{_text(series.label)}</title>" if series.label else ""
    colour = _hue(series, colours)
    if len(series.xs) == 1:
        (x, y) = points[0]
        fill = _paint(colour, "fill", colours.of(series))
        return f'<circle cx="{pixels(x)}" cy="{pixels(y)}" r="3" {fill}>{name}</circle>'
    d = path.step(points) if series.shape == "step" else path.line(points)
    stroke = f"{_paint(colour, 'stroke', colours.of(series))} {STROKES[series.style]}"
    return f'<path fill="none" {stroke} stroke-linejoin="round" d="{d}">{name}</path>'


def _hue(series: Series, colours: Palette) -> str:
    return "preview" if series.style == "dashed" else f"curve{series.hue % len(colours.curves)}"


def _markers(chart: Chart, frame: Frame, colours: Palette) -> Iterator[str]:
    stroke = _paint("preview", "stroke", colours.preview)
    for marker in chart.markers:
        d = f"M{pixels(frame.x(marker.x))} {pixels(frame.top)}V{pixels(frame.bottom)}"
        name = f"<title>{_text(marker.label)}</title>" if marker.label else ""
        yield f'<path {stroke} stroke-opacity=".8" stroke-dasharray="2 3" d="{d}">{name}</path>'


def _now(chart: Chart, frame: Frame, colours: Palette) -> Iterator[str]:
    if chart.now is not None:
        d = f"M{pixels(frame.x(chart.now))} {pixels(frame.top)}V{pixels(frame.bottom)}"
        yield f'<path {_paint("ink", "stroke", colours.ink)} d="{d}"/>'


def _flag(flag: Flag, frame: Frame, colours: Palette) -> str:
    y = pixels(frame.top - 5 - flag.row * layout.FLAG_ROW)
    fill = _paint("ink", "fill", colours.ink) if flag.now else _paint("preview", "fill", colours.preview)
    return f'<text x="{pixels(flag.x)}" y="{y}" text-anchor="middle" {fill}>{_text(flag.text)}</text>'


def _words(chart: Chart, plan: Layout, colours: Palette) -> Iterator[str]:
    """Title, names of the axes, and the key."""
    frame, y = plan.frame, float(layout.MARGIN - 4)
    muted = _paint("muted", "fill", colours.muted)
    if chart.title:
        y += layout.TITLE_ROW
        room = int((chart.width - 2 * layout.MARGIN) / layout.text_width("x", layout.LARGE))
        words = wording.clip(wording.printable(chart.title), room)
        large = f'font-size="{layout.LARGE}" font-weight="600" {_paint("ink", "fill", colours.ink)}'
        yield f'<text x="{layout.MARGIN}" y="{pixels(y - 8)}" {large}>{_text(words)}</text>'
    y += layout.KEY_ROW - 6
    if chart.y_label:
        yield f'<text x="{layout.MARGIN}" y="{pixels(y)}" {muted}>{_text(chart.y_label)}</text>'
    yield from _key(plan, y, colours)
    if chart.x_label:
        middle, bottom = pixels((frame.left + frame.right) / 2), pixels(frame.bottom + 34)
        place = f'x="{middle}" y="{bottom}" text-anchor="middle"'
        yield f"<text {place} {muted}>{_text(chart.x_label)}</text>"


def _key(plan: Layout, y: float, colours: Palette) -> Iterator[str]:
    """Samples and names of the curves, from the right."""
    x = plan.frame.right
    for series in reversed(plan.key):
        words = layout.key_name(series)
        x -= layout.text_width(words)
        muted = _paint("muted", "fill", colours.muted)
        yield f'<text x="{pixels(x)}" y="{pixels(y)}" {muted}>{_text(words)}</text>'
        stroke = f"{_paint(_hue(series, colours), 'stroke', colours.of(series))} {STROKES[series.style]}"
        yield f'<path fill="none" {stroke} d="M{pixels(x - layout.SAMPLE)} {pixels(y - 4)}h20"/>'
        x -= layout.SAMPLE + layout.KEY_GAP
