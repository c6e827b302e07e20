"""The formats a curve is answered in, and what makes each."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from setpoint.api import negotiate
from setpoint.api.shapes import Format
from setpoint.curves.encodings import ENCODINGS, Curve
from setpoint.curves.parts import Pieced
from setpoint.curves.picture import picture
from setpoint.errors import Fault, InvalidRequest
from setpoint.plotting import Chart

MEDIA_TYPES: Mapping[Format, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "raw": "application/octet-stream",
    "svg": "image/svg+xml",
    "png": "image/png",
}
"""By the name that `format` has for it; the first is what is sent to who has no preference."""


def media_type(wanted: Format | None, accept: str | None) -> str:
    """What `format` names, or else what the Accept header likes best.

    Raises:
        NotAcceptable: there is no such format.
    """
    return MEDIA_TYPES[wanted] if wanted else negotiate.choose(accept, list(MEDIA_TYPES.values()))


def chunks(form: Pieced, epochs: Sequence[int], media_type: str) -> Iterator[bytes]:
    """The curve as bytes of that type, piece by piece."""
    if media_type in ENCODINGS:
        return ENCODINGS[media_type](Curve(form, epochs))
    if not epochs:
        raise InvalidRequest("there is nothing to draw", faults=[Fault("/stop", "must be after start for a picture")])
    return drawn(picture(form, epochs[0], epochs[-1] + 1), media_type)


def drawn(chart: Chart, media_type: str) -> Iterator[bytes]:
    """The chart as a picture of that type, in one piece."""
    yield _DRAWERS[media_type](chart)


def _svg(chart: Chart) -> bytes:
    from setpoint.plotting import svg

    return svg.render(chart).encode()


def _png(chart: Chart) -> bytes:
    from setpoint.plotting import png

    return png.render(chart)


_DRAWERS: Mapping[str, Callable[[Chart], bytes]] = {"image/svg+xml": _svg, "image/png": _png}
