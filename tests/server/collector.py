"""What OpenTelemetry's traces are sent to: it takes them over HTTP as they are, and keeps their spans."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.api_runs.process import PATIENCE


@dataclass(frozen=True)
class Told:
    """A span as it came."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    facts: dict[str, str | int]
    service: str
    failed: bool

    @property
    def request(self) -> str | int:
        return self.facts.get("setpoint.request_id", "")


class Collector:
    def __init__(self) -> None:
        self.bodies = list[bytes]()
        self.spans = list[Told]()
        self._more = Condition()

    def take(self, body: bytes) -> None:
        with self._more:
            self.bodies.append(body)
            self.spans += _spans(body)
            self._more.notify_all()

    def of(self, request: str) -> Told:
        """The span of the request with that name, which may still be on its way."""
        return self.first(lambda span: span.request == request)

    def first(self, is_it: Callable[[Told], bool]) -> Told:
        with self._more:
            assert self._more.wait_for(lambda: any(map(is_it, self.spans)), PATIENCE), [s.name for s in self.spans]
            return next(filter(is_it, self.spans))


@contextmanager
def collecting() -> Generator[tuple[str, Collector]]:
    """The address that traces are sent to, and what gathers there."""
    collector = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Not to the test's output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", collector
        finally:
            server.shutdown()
            thread.join()


def _spans(body: bytes) -> list[Told]:
    return [
        Told(
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            facts=_facts(span.attributes),
            service=str(_facts(resource.resource.attributes)["service.name"]),
            failed=span.status.code == span.status.STATUS_CODE_ERROR,
        )
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _facts(attributes: Any) -> dict[str, str | int]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
