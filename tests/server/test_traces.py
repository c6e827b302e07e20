"""Requests as OpenTelemetry's spans: sent where the environment says, and nothing at all where it says nothing."""

import json
import logging
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from setpoint.api.asgi import Scope
from setpoint.api.front import Front
from setpoint.server import traces
from setpoint.server.assemble import assemble
from setpoint.server.spans import Spans
from setpoint.settings import Settings
from tests.api_runs.process import ENVIRONMENT, SETPOINT, Process, Run, stream
from tests.server.collector import Collector, collecting

SECRET = "sp_AAAAbbbbCCCCddddEEEEffffGGGGhhhhIIIIjjjjKKK"
PLACE = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def traced(place: str, delay: int, data: Path, *flags: str) -> Process:
    """A service that sends its spans there, after so many milliseconds."""
    told = (f"{PLACE}={place}", f"OTEL_BSP_SCHEDULE_DELAY={delay}")
    return Process(data, *flags, command=("env", *told, SETPOINT, "serve"))


@pytest.fixture(scope="module")
def collector() -> Generator[tuple[str, Collector]]:
    with collecting() as found:
        yield found


@pytest.fixture(scope="module")
def service(collector: tuple[str, Collector], tmp_path_factory: pytest.TempPathFactory) -> Generator[Process]:
    with traced(collector[0], 20, tmp_path_factory.mktemp("data")) as process:
        yield process


@pytest.fixture(scope="module")
def spans(collector: tuple[str, Collector]) -> Collector:
    return collector[1]


@pytest.mark.parametrize(
    ("method", "address", "name", "status"),
    [
        ("GET", "/v1/runs/secret-run", "GET /v1/runs/{run}", 200),
        ("GET", "/v1/runs/secret-run/lr?epoch=0", "GET /v1/runs/{run}/lr", 200),
        ("HEAD", "/v1/runs/secret-run/lr?epoch=0", "HEAD /v1/runs/{run}/lr", 200),
        ("GET", "/v1/lr?kind=constant&initial_lr=0.1&epoch=3", "GET /v1/lr", 200),
        ("GET", "/v1/runs/other-run", "GET /v1/runs/{run}", 404),
        ("GET", "/nowhere", "GET", 404),
        ("PROPFIND", "/nowhere", "HTTP", 404),
    ],
)
def test_a_request_is_a_span_named_by_its_route(
    method: str, address: str, name: str, status: int, service: Process, spans: Collector
) -> None:
    Run(service.http, "secret-run").check_in("w0", 0)
    request = f"{method}-{status}-{len(address)}"

    answer = service.http.request(method, address, headers={"x-request-id": request})

    span = spans.of(request)
    assert (answer.status_code, span.facts["http.response.status_code"]) == (status, status)
    assert (span.name, span.facts.get("http.route", "")) == (name, name.partition(" ")[2])
    assert (span.facts["url.path"], span.service, span.failed) == (address.partition("?")[0], "setpoint", False)


def test_a_check_in_is_a_span(service: Process, spans: Collector) -> None:
    run = Run(service.http, "checked-in")

    service.http.put(f"{run.at}/workers/w7", json={"epoch": 0}, headers={"x-request-id": "check-in"})

    assert spans.of("check-in").name == "PUT /v1/runs/{run}/workers/{worker}"


def test_a_request_without_a_name_gets_one_and_is_told_it(service: Process, spans: Collector) -> None:
    answer = service.http.get("/v1/info")

    assert spans.of(answer.headers["x-request-id"]).name == "GET /v1/info"


def test_a_span_belongs_to_the_trace_that_its_request_brought(service: Process, spans: Collector) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "x-request-id": "part-of-a-trace"}

    service.http.get("/v1/info", headers=headers)

    span = spans.of("part-of-a-trace")
    assert (span.trace_id, span.parent_id) == (TRACE, PARENT)


def test_neither_headers_nor_queries_nor_bodies_are_told_and_no_token(service: Process, spans: Collector) -> None:
    headers = {"authorization": f"Bearer {SECRET}", "user-agent": "quiet-agent", "x-request-id": "secretive"}

    service.http.post(f"/v1/{SECRET}?token={SECRET}", json={"why": "quiet-body"}, headers=headers)

    assert spans.of("secretive").facts["url.path"] == "/v1/[hidden]"
    assert not any(word in body for body in spans.bodies for word in (SECRET.encode(), b"quiet-"))


def test_a_streams_span_ends_when_the_stream_begins(service: Process, spans: Collector) -> None:
    run = Run(service.http, "watched")

    with stream(service.http, f"{run.at}/events", x_request_id="watching"):
        span = spans.of("watching")

    assert (span.name, span.facts["http.response.status_code"]) == ("GET /v1/runs/{run}/events", 200)


def test_what_is_not_sent_yet_is_sent_at_the_end_and_the_log_knows_the_trace(tmp_path: Path) -> None:
    with (
        collecting() as (place, spans),
        traced(place, 600_000, tmp_path, "--access-log", "--log-format", "json") as service,
    ):
        service.http.get("/v1/info", headers={"x-request-id": "the-last"})
        assert spans.spans == []
        ended = service.end()

        span = spans.of("the-last")
    (line,) = (line for line in map(json.loads, ended.errors.splitlines()) if line.get("request_id") == "the-last")
    assert ended.code == 0
    assert (line["trace_id"], line["span_id"]) == (span.trace_id, span.span_id)


def test_a_service_without_a_place_for_traces_knows_nothing_of_them() -> None:
    program = """
import sys
from setpoint.server.assemble import assemble
from setpoint.settings import Settings
print(type(assemble(Settings())).__name__, any(name.startswith("opentelemetry.sdk") for name in sys.modules))
"""
    told = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=True)

    assert told.stdout == "Front False\n"


@pytest.mark.parametrize(
    "off", [{}, {"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}, {PLACE: ""}], ids=str
)
def test_traces_can_be_switched_off(off: Mapping[str, str]) -> None:
    environ = {PLACE: "http://127.0.0.1:9", **off} if off else {}

    assert isinstance(assemble(Settings(), environ), Front)


def test_a_protocol_that_is_not_spoken_is_told_and_the_service_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    found = traces.spans({PLACE: "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, str)

    assert found is None
    assert "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf" in caplog.text


def test_without_the_extra_it_is_told_what_to_install(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "setpoint.server.spans", None)

    with caplog.at_level(logging.WARNING):
        found = traces.spans({PLACE: "http://127.0.0.1:9"}, str)

    assert found is None
    assert 'pip install "setpoint[server,otel]"' in caplog.text


def test_a_name_that_the_platform_gave_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as (place, spans):
        environ = {PLACE: place, "OTEL_SERVICE_NAME": "rates"}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        made = Spans.exported(environ, str)
        scope: Scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/",
            "http_version": "1.1",
            "headers": [],
        }
        made.begun(scope).end()
        made.end()

        assert spans.first(lambda span: True).service == "rates"
