"""Requests as spans of OpenTelemetry: named by method and the route's template, never by what an address has in it.

A span knows its request's name (`X-Request-Id`), and lines of the log know their span. Told are neither queries nor
headers nor bodies: there are secrets in those.
"""

import atexit
import logging
from collections.abc import Callable, Mapping
from threading import Thread

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode

from setpoint import __version__
from setpoint.api.asgi import Message, Receive, Scope, Send
from setpoint.api.front import NO_ROUTE, Front
from setpoint.api.request_id import request_id

_END_SECONDS = 5.0
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class Spans:
    """Makes spans of requests."""

    def __init__(self, provider: TracerProvider, hidden: Callable[[str], str]) -> None:
        self._tracer = provider.get_tracer("setpoint", __version__)
        self._provider = provider
        self._hidden = hidden

    @classmethod
    def exported(cls, environ: Mapping[str, str], hidden: Callable[[str], str]) -> "Spans":
        """Those that are sent in batches by a thread of their own, to where the environment says, and as it says.

        What is left is sent when the process ends.
        """
        told = {"service.version": __version__}
        if not (environ.get("OTEL_SERVICE_NAME") or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")):
            told["service.name"] = "setpoint"
        provider = TracerProvider(resource=Resource.create(told), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        made = cls(provider, hidden)
        atexit.register(made.end)
        return made

    def end(self) -> None:
        """Send what is left. A collector that does not answer holds nobody up for long."""
        ending = Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(_END_SECONDS)

    def around(self, front: Front) -> "Traced":
        """`front` with a span around each request; lines of the log tell the trace that they belong to."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(_marked)
        return Traced(front, self)

    def begun(self, scope: Scope) -> Span:
        """The span of a request that has come: of the trace that its `traceparent` names, if it brought one."""
        brought: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            brought.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        attributes = {
            "http.request.method": scope["method"] if scope["method"] in _METHODS else "_OTHER",
            "url.scheme": scope["scheme"],
            "url.path": self._hidden(scope["path"]),
            "network.protocol.version": scope["http_version"],
        }
        if scope.get("client"):
            attributes["client.address"] = scope["client"][0]
        context = propagate.extract(brought)
        return self._tracer.start_span(_method(scope), context=context, kind=SpanKind.SERVER, attributes=attributes)

    def answered(self, scope: Scope, route: str) -> None:
        """The route of the request under way is known: its span is named by it."""
        span = trace.get_current_span()
        if span.is_recording():
            _name(span, scope, route)


class Traced:
    """The service with a span around each request."""

    def __init__(self, front: Front, spans: Spans) -> None:
        self._front = front
        self._spans = spans
        self.standing = front.standing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._front(scope, receive, send)
            return
        span = self._spans.begun(scope)
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                await self._front(scope, receive, _Answer(scope, span, send).send)
            except BaseException as error:
                if span.is_recording():
                    _failed(span, type(error).__name__)
                raise


class _Answer:
    """Looks at an answer as it passes."""

    __slots__ = ("_scope", "_send", "_span")

    def __init__(self, scope: Scope, span: Span, send: Send) -> None:
        self._scope = scope
        self._span = span
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._span.is_recording():
            self._begun(message)
        await self._send(message)

    def _begun(self, start: Message) -> None:
        status = start["status"]
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            _failed(self._span, str(status))
        if any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in start["headers"]):
            # It may go on for days, and a span is sent when it ends: what can be told of a watcher is that it came.
            _name(self._span, self._scope, self._scope["route"].path)
            self._span.end()


def _marked(record: logging.LogRecord) -> bool:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        record.trace_id = trace.format_trace_id(context.trace_id)
        record.span_id = trace.format_span_id(context.span_id)
    return True


def _name(span: Span, scope: Scope, route: str) -> None:
    span.set_attribute("setpoint.request_id", request_id(scope))
    if route != NO_ROUTE:
        span.update_name(f"{_method(scope)} {route}")
        span.set_attribute("http.route", route)


def _method(scope: Scope) -> str:
    """As a name has it: a client may make up as many as it likes."""
    method: str = scope["method"]
    return method if method in _METHODS else "HTTP"


def _failed(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)
