"""The limits as they are met on sockets, on both parsers: each with its status, and with others served meanwhile."""

import resource
import socket
import time
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from setpoint.api import front, guard, under_way
from setpoint.api.app import build
from setpoint.api.asgi import Receive
from setpoint.server import patience
from setpoint.server.on_h11 import OnH11
from setpoint.server.on_httptools import OnHttptools
from setpoint.server.protocol import protocol
from setpoint.settings import Settings
from setpoint.testing import service
from tests.api.service import FLAT, PATIENCE, exchange, serving

ASKED = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF_A_HEAD = b"GET /livez HTTP/1.1\r\nHost: local"
HALF_A_BODY = (
    b"POST /v1/lr HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
)
IDLE = 1000
SLOW = 50


@pytest.fixture(params=[OnHttptools, OnH11])
def port(request: pytest.FixtureRequest) -> Generator[int]:
    with serving(http=request.param) as found:
        yield found


def until_closed(client: socket.socket) -> bytes:
    received = b""
    while chunk := client.recv(65536):
        received += chunk
    return received


def test_httptools_is_spoken_where_it_is_installed() -> None:
    assert protocol() is OnHttptools


def test_h11_is_spoken_where_httptools_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        return None

    monkeypatch.setattr("setpoint.server.protocol.find_spec", nothing)

    assert protocol() is OnH11


def test_a_head_that_does_not_end_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.3)

    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(HALF_A_HEAD)
        answer = until_closed(client)

    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b'"/problems/too-slow"' in answer


def test_a_head_in_pieces_has_its_time_from_its_first_byte(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.3)

    with socket.create_connection(("127.0.0.1", port), timeout=0.05) as client:
        answer = b""
        for byte in b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 10_000:
            try:
                client.sendall(bytes([byte]))
                answer = client.recv(65536)
            except TimeoutError:
                continue
            break

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_does_not_end_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.3)

    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(HALF_A_BODY)
        answer = until_closed(client)

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_only_a_body_that_comes_after_its_head_is_timed_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    limited = list[Receive]()

    def counted(receive: Receive) -> Receive:
        limited.append(receive)
        return receive

    monkeypatch.setattr(front, "limited", counted)
    head, body = HALF_A_BODY.replace(b"100", b"2")[:-1], b"{}"

    with serving(http=OnHttptools) as port:
        at_once = exchange(port, head + body)
        counted_at_once = len(limited)
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(head)
            while not limited:
                time.sleep(0.01)
            client.sendall(body)
            later = client.recv(65536)

    assert at_once.startswith(b"HTTP/1.1 422 ")
    assert later.startswith(b"HTTP/1.1 422 ")
    assert counted_at_once == 0


def test_a_head_in_pieces_that_ends_in_time_is_answered(port: int) -> None:
    pieces = [ASKED[i : i + 1] for i in range(len(ASKED))]

    assert exchange(port, *pieces).startswith(b"HTTP/1.1 200 ")


def test_bytes_that_are_no_http_are_told_so(port: int) -> None:
    answer = exchange(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b'"/problems/malformed-request"' in answer


def test_others_are_served_beside_a_thousand_idle_connections_and_slow_heads_and_bodies(port: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    with ExitStack() as stack:
        for sent in [b""] * IDLE + [HALF_A_HEAD] * SLOW + [HALF_A_BODY] * SLOW:
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            client.sendall(sent)

        answers = [httpx.get(f"http://127.0.0.1:{port}/v1/lr?{FLAT}&epoch={i}") for i in range(20)]

    assert [answer.status_code for answer in answers] == [200] * 20


def test_too_many_requests_at_once_are_told_to_come_back_but_health_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_way, "MOST_AT_ONCE", 3)

    with serving(build(Settings()), http=OnHttptools) as port, ExitStack() as stack:
        for _ in range(3):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            client.sendall(HALF_A_BODY)
        while (refused := httpx.get(f"http://127.0.0.1:{port}/v1/kinds")).status_code == 200:
            pass  # until the three are seen
        health = httpx.get(f"http://127.0.0.1:{port}/livez")

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["type"] == "/problems/busy"
    assert health.status_code == 200


WAITS = {"schedule": {"kind": "constant", "initial_lr": 0.1}, "plateau": {"patience": 0, "wait": True}}


@pytest.fixture
def waiting() -> Generator[str]:
    """A run whose epoch 1 waits for the metric of epoch 0."""
    with service() as found:
        run = f"{found.url}/v1/runs/waits"
        assert httpx.put(run, json=WAITS).status_code == 201
        assert httpx.put(f"{run}/workers/rank0", json={"epoch": 0}).status_code == 200
        yield run


def test_workers_that_wait_for_another_take_no_room_from_it(waiting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They used to: with 4,096 of them the one they waited for was told that the service is busy."""
    monkeypatch.setattr(under_way, "MOST_AT_ONCE", 3)

    with ThreadPoolExecutor(6) as pool:
        asked = list[Future[httpx.Response]]()
        for i in range(6):
            asked.append(pool.submit(httpx.put, f"{waiting}/workers/rank{i}?wait=30", json={"epoch": 1}))
            time.sleep(0.1)  # until it waits
        reported = httpx.put(f"{waiting}/workers/rank0/metrics/0", json={"value": 1.0})

    assert reported.status_code == 200
    assert [each.result().status_code for each in asked] == [200] * 6


def test_where_too_many_wait_one_more_is_told_at_once(waiting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_way, "MOST_WAITING", 0)

    told = httpx.put(f"{waiting}/workers/rank1?wait=30", json={"epoch": 1}, timeout=5)

    assert (told.status_code, told.json()["type"]) == (409, "/problems/metric-awaited")


FLOOD = object()
"""Half a megabyte, in chunks."""
HOSTILE: dict[str, tuple[str, str, dict[str, object], int]] = {
    "nested deep": ("POST", "/v1/lr", {"content": b'{"schedule":' + b"[" * 50_000 + b"]" * 50_000 + b"}"}, 422),
    "many objects": ("POST", "/v1/lr", {"content": b'{"a":[' + b"{}," * 20_000 + b"{}]}"}, 422),
    "nan": ("POST", "/v1/lr", {"content": b'{"schedule":{"kind":"constant","initial_lr":NaN},"epoch":0}'}, 422),
    "1e400": ("POST", "/v1/lr", {"content": b'{"schedule":{"kind":"constant","initial_lr":1e400},"epoch":0}'}, 422),
    "a key twice": ("POST", "/v1/lr", {"content": b'{"schedule":{"kind":"constant"},"epoch":0,"epoch":1}'}, 422),
    "a lone surrogate": ("POST", "/v1/imports", {"content": b'{"library":"\\ud800","scheduler":"x"}'}, 422),
    "no utf-8": ("POST", "/v1/lr", {"content": b'{"schedule":"\xff"}'}, 400),
    "packed": ("POST", "/v1/lr", {"content": b"{}", "headers": {"Content-Encoding": "gzip"}}, 415),
    "charset": ("POST", "/v1/lr", {"content": b"{}", "headers": {"Content-Type": "application/json; charset=x"}}, 415),
    "a form": ("POST", "/v1/lr", {"data": {"epoch": "1"}}, 415),
    "files": ("POST", "/v1/lr", {"files": {"file": b"x"}}, 415),
    "a parameter twice": ("GET", f"/v1/lr?{FLAT}&epoch=1&epoch=2", {}, 400),
    "an unknown parameter": ("GET", f"/v1/lr?{FLAT}&epoch=1&callback=alert", {}, 400),
    "an epoch with a plus": ("GET", f"/v1/lr?{FLAT}&epoch=%2B1", {}, 422),
    "an endless epoch": ("GET", f"/v1/lr?{FLAT}&epoch={'9' * 400}", {}, 422),
    "a folder above": ("GET", "/docs/files/%2e%2e/%2e%2e/etc/passwd", {}, 404),
    "a run's name with a slash": ("GET", "/v1/runs/a%2f..%2fb", {}, 404),
    "another host": ("GET", "/livez", {"headers": {"Host": "evil.example"}}, 421),
    "another origin": ("POST", "/v1/lr", {"content": b"{}", "headers": {"Origin": "http://evil.example"}}, 403),
    "a method override": ("POST", "/livez", {"headers": {"X-HTTP-Method-Override": "GET"}}, 405),
    "a preflight": ("OPTIONS", "/v1/lr", {"headers": {"Origin": "null", "Access-Control-Request-Method": "PUT"}}, 405),
    "a chunked flood": ("POST", "/v1/lr", {"content": FLOOD}, 413),
}  # fmt: skip


def test_what_is_hostile_is_refused_of_an_ordinary_client_too(port: int) -> None:
    found = dict[str, int]()
    for name, (method, address, sent, _) in HOSTILE.items():
        options = dict(sent)
        if "content" in options:
            given = options.get("headers", {})
            assert isinstance(given, dict)
            options["headers"] = {"Content-Type": "application/json"} | given
            if options["content"] is FLOOD:
                options["content"] = iter([b" " * 65_536] * 8)
        found[name] = httpx.request(method, f"http://127.0.0.1:{port}{address}", **options).status_code  # type: ignore[arg-type]

    assert found == {name: status for name, (*_, status) in HOSTILE.items()}
