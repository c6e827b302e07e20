"""Whether requests are traced: where the environment names a place that OpenTelemetry's traces are sent to.

Where it names none, nothing of OpenTelemetry's SDK is imported and nothing stands around the application. The variables
are OpenTelemetry's own, so that a platform sets them for all of its services alike.
"""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setpoint.server.spans import Spans

_PLACES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_WITHOUT = "No traces are sent, though %s is set: "
_log = logging.getLogger("setpoint")


def spans(environ: Mapping[str, str], hidden: Callable[[str], str]) -> "Spans | None":
    """What makes a span of each request, if they are traced; `hidden` takes secrets out of what is told.

    What can't be done is logged, and the service goes on without traces: they are no reason not to serve.
    """
    place = _place(environ)
    if place is None:
        return None
    protocol = _first(environ, _PROTOCOLS)
    if protocol and environ[protocol] != "http/protobuf":
        _log.warning(_WITHOUT + "%s must be http/protobuf, or left out", place, protocol)
        return None
    try:
        from setpoint.server.spans import Spans
    except ImportError:
        _log.warning(_WITHOUT + 'install the extra `otel`: pip install "setpoint[server,otel]"', place)
        return None
    return Spans.exported(environ, hidden)


def _place(environ: Mapping[str, str]) -> str | None:
    """The variable that names where to; None where none does, or traces are switched off."""
    is_off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_off or environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return None
    return _first(environ, _PLACES)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if environ.get(name)), None)
