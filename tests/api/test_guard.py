"""The door turns away what is not proper, on sockets too."""

import socket
import time

import httpx
import pytest

from setpoint.api import guard
from setpoint.api.app import build
from setpoint.settings import Settings
from tests.api.service import FLAT, PATIENCE, STEP, Service, code, exchange, serving

service = Service()
ADDRESS = f"/v1/lr?{FLAT}&epoch=12"


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "127.0.0.1", "127.0.0.1:8321", "[::1]:8321", "LocalHost:99999"]
)
def test_names_of_this_machine_are_let_in_with_any_port(host: str) -> None:
    assert service.get(ADDRESS, host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io:8321", "127.0.0.2", "[::2]"]
)
def test_other_names_are_not(host: str) -> None:
    answer = service.get(ADDRESS, host=host)

    assert (answer.status_code, code(answer)) == (421, "host-refused")


@pytest.mark.parametrize(
    "host", ["", "localhost:", "localhost:x", "a b", "user@localhost", "localhost/", "localhost,localhost"]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    answer = service.get(ADDRESS, host=host)

    assert (answer.status_code, code(answer)) == (400, "malformed-request")


@pytest.mark.parametrize("origin", ["http://localhost:8321", "https://LOCALHOST:8321"])
def test_the_services_own_pages_may_write(origin: str) -> None:
    answer = service.ask("POST", "/v1/lr", json={"schedule": STEP, "epoch": 1}, headers={"Origin": origin})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost", "http://localhost:1", "null", "localhost:8321"]
)
def test_pages_of_other_sites_may_not(origin: str) -> None:
    answer = service.ask("POST", "/v1/lr", json={"schedule": STEP, "epoch": 1}, headers={"Origin": origin})

    assert (answer.status_code, code(answer)) == (403, "origin-refused")


def test_nothing_is_said_to_pages_of_other_sites() -> None:
    answer = service.get(ADDRESS, origin="http://evil.example")

    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/json; charset=latin-1"],
)
def test_a_body_that_is_not_sent_as_json_is_refused_with_what_to_do(content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}

    answer = service.ask("POST", "/v1/lr", content=b"{}", headers=headers)

    assert (answer.status_code, code(answer)) == (415, "not-json")
    assert "--json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'],
)
def test_json_may_say_that_it_is_utf_8(content_type: str) -> None:
    content = b'{"schedule":{"kind":"constant","initial_lr":1},"epoch":0}'

    assert service.ask("POST", "/v1/lr", content=content, headers={"Content-Type": content_type}).status_code == 200


def test_an_encoded_body_is_refused() -> None:
    answer = service.ask(
        "POST", "/v1/lr", content=b"x", headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
    )

    assert (answer.status_code, code(answer)) == (415, "not-json")


def test_a_body_of_exactly_the_limit_is_read() -> None:
    answer = service.post_text("/v1/lr", b" " * (guard.MAX_BODY - 1) + b"1")

    assert answer.status_code == 422


def test_a_larger_one_is_not() -> None:
    answer = service.post_text("/v1/lr", b" " * guard.MAX_BODY + b"1")

    assert (answer.status_code, code(answer)) == (413, "too-large")


def test_headers_of_more_than_64_lines_are_refused() -> None:
    answer = service.get(ADDRESS, **{f"x_{i}": "1" for i in range(65)})

    assert (answer.status_code, code(answer)) == (431, "headers-too-large")


def test_headers_of_more_than_16_kib_are_refused() -> None:
    assert service.get(ADDRESS, x="1" * 16_384).status_code == 431


def test_a_very_long_address_is_refused() -> None:
    answer = service.get("/v1/lr?schedule=" + "1" * 16_384)

    assert (answer.status_code, code(answer)) == (414, "address-too-long")


# On a socket, as hostile bytes

_GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
_POST = b"POST /v1/lr HTTP/1.1\r\nHost: localhost\r\n"
_JSON = _POST + b"Content-Type: application/json\r\n"
_CHUNK = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
HOSTILE = {
    "two hosts": (_GET + b"Host: localhost\r\n\r\n", 400),
    "no host": (b"GET /livez HTTP/1.1\r\n\r\n", 400),
    "no host, long ago": (b"GET /livez HTTP/1.0\r\n\r\n", 400),
    "another host": (b"GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    "another host for a file": (b"GET /docs/files/favicon.png HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    "another host for nothing": (b"GET /nowhere HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    "length and chunks": (_JSON + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (_JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "a length that is none": (_POST + b"Content-Length: +2\r\n\r\n{}", 400),
    "too many lines": (_GET + b"X: 1\r\n" * 100 + b"\r\n", 431),
    "too long a line": (_GET + b"X: " + b"1" * 20_000 + b"\r\n\r\n", 431),
    "too long a name": (_GET + b"X" * 20_000 + b": 1\r\n\r\n", 431),
    "too long a body": (_JSON + b"Content-Length: 1000000\r\n\r\n", 413),
    "a body without end": (_JSON + b"Transfer-Encoding: chunked\r\n\r\n" + _CHUNK * 9, 413),
    "a form": (_POST + b"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415),
    "a page's form": (_JSON + b"Origin: http://evil.example\r\nContent-Length: 2\r\n\r\n{}", 403),
    "another method": (b"BREW /v1/lr HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    "a method that reads back": (b"TRACE /v1/lr HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    "no http": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "a folder above": (b"GET /docs/files/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "a folder above, in dots": (b"GET /docs/files/%2e%2e/__init__.py HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    "a nul": (b"GET /docs/files/a%00b HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
}
PARSERS_OWN = {"length and chunks", "a method that reads back", "another method", "no http"}
"""Refused by one of the two parsers itself, with 400."""


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_hostile_bytes_are_refused(http: str) -> None:
    found: dict[str, int] = {}
    with serving(http=http) as port:  # type: ignore[arg-type]  # one of uvicorn's two
        for name, (sent, _) in HOSTILE.items():
            answer = exchange(port, sent)
            found[name] = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0

        assert exchange(port, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 200")

    assert {name: status for name, status in found.items() if name not in PARSERS_OWN} == {
        name: status for name, (_, status) in HOSTILE.items() if name not in PARSERS_OWN
    }
    assert all(found[name] in (400, 405) for name in PARSERS_OWN)


def test_a_body_that_comes_too_slowly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.3)
    head = b"POST /v1/lr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"

    with serving() as port, socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(head)
        began = time.monotonic()
        answer = client.recv(65536)
        closed = client.recv(1)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"/problems/too-slow"' in answer
    assert closed == b""
    assert time.monotonic() - began < 3


def test_a_body_in_pieces_is_read_whole() -> None:
    body = b'{"schedule":{"kind":"constant","initial_lr":1},"epoch":0}'
    head = b"POST /v1/lr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

    with serving() as port:
        answer = exchange(port, head % len(body), *(body[i : i + 1] for i in range(len(body))))

    assert answer.endswith(b'{"epoch":0,"lr":1.0}')


def test_a_refused_request_does_not_spoil_the_next_on_its_connection() -> None:
    with serving() as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        refused = client.post("/v1/lr", content=b"a" * 1_000_000, headers={"Content-Type": "application/json"})
        answered = client.get(ADDRESS)

    assert (refused.status_code, answered.json()["lr"]) == (413, 0.025)


def test_the_door_guards_everything_and_keeps_count() -> None:
    own = Service(build(Settings()))
    own.get(ADDRESS, host="evil.example")
    own.get(ADDRESS)
    own.get(ADDRESS)

    lines = own.get("/metrics").text.splitlines()

    assert 'setpoint_http_requests_total{code="421",method="GET",route="none"} 1.0' in lines
    assert 'setpoint_http_requests_total{code="200",method="GET",route="/v1/lr"} 2.0' in lines
    assert 'setpoint_http_request_duration_seconds_count{code="200",method="GET",route="/v1/lr"} 2.0' in lines


def test_invented_addresses_and_methods_make_no_new_rows() -> None:
    own = Service(build(Settings()))
    for i in range(20):
        own.get(f"/nowhere/{i}")
        own.ask(f"M{i}", "/nowhere")

    lines = [line for line in own.get("/metrics").text.splitlines() if line.startswith("setpoint_http_requests_total{")]

    assert len(lines) == 2
