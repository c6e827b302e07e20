"""What is known is answered by the protocol itself: the same bytes, in turn, counted, and without a task."""

import re
import socket
from collections.abc import Generator

import pytest

from setpoint.api.app import build
from setpoint.api.asgi import Message, Receive, Scope, Send
from setpoint.api.front import Front
from setpoint.server.on_h11 import OnH11
from setpoint.server.on_httptools import OnHttptools
from setpoint.settings import Settings
from tests.api.service import FLAT, PATIENCE, exchange, serving

KNOWN = f"/v1/lr?{FLAT}&epoch=7"
ANSWERED = b'{"epoch":7,"lr":0.05}'


class Deaf(Front):
    """A door that is not to be called."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


def deaf() -> Deaf:
    front = build(Settings())
    door = Deaf(front.app)
    door.__dict__.update(front.__dict__)
    return door


def get(address: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {address} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


@pytest.fixture
def port() -> Generator[int]:
    with serving(deaf(), http=OnHttptools) as found:
        yield found


def test_a_known_answer_is_given_without_a_call(port: int) -> None:
    answer = exchange(port, get(KNOWN))

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n" + ANSWERED)


@pytest.mark.parametrize(
    "asked",
    [
        get("/v1/kinds"),
        get(KNOWN, "Connection: close"),
        get(KNOWN, "Expect: 100-continue"),
        get(KNOWN, "X-Request-Id: mine"),
        get(KNOWN, "If-None-Match: *"),
        get(KNOWN, "Accept: text/plain"),
        get(KNOWN, "Content-Length: 1") + b"x",
        get(KNOWN).replace(b"Host: localhost", b"Host: evil.example"),
        get(KNOWN).replace(b"GET", b"HEAD"),
        get(KNOWN).replace(b"GET", b"DELETE"),
        get(KNOWN).replace(b"HTTP/1.1", b"HTTP/1.0"),
        get(f"/v1/lr?{FLAT}&epoch=-7"),
    ],
)
def test_all_else_is_asked_for(port: int, asked: bytes) -> None:
    answer = exchange(port, asked)

    assert b"HTTP/1.1 500 " in answer


def test_what_stands_around_the_door_is_gone_through() -> None:
    front = build(Settings())

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"x-around", b"yes")]}
            await send(message)

        await front(scope, receive, marked)

    with serving(around, http=OnHttptools) as port:
        answer = exchange(port, get(KNOWN))

    assert b"x-around: yes\r\n" in answer
    assert answer.endswith(ANSWERED)


@pytest.mark.parametrize("http", [OnHttptools, OnH11])
def test_the_bytes_are_those_that_a_call_gives(http: type[OnHttptools | OnH11]) -> None:
    with serving(build(Settings()), http=OnHttptools) as port:
        at_once = exchange(port, get(KNOWN))
    front = build(Settings())

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        await front(scope, receive, send)

    with serving(called, http=http) as port:
        answer = exchange(port, get(KNOWN))

    assert undated(at_once) == undated(answer)


def undated(answer: bytes) -> bytes:
    return re.sub(rb"date: [^\r]+", b"date: now", answer)


@pytest.mark.parametrize("known", [10, 3000])
def test_answers_come_in_the_order_of_the_requests_however_many_are_known(known: int) -> None:
    epochs = [str(i) for i in range(3000)]
    conditional = ["Accept: application/json;q=1"]
    asked = [get(f"/v1/lr?{FLAT}&epoch={i}", *(conditional if int(i) % known == 5 else [])) for i in epochs]

    with serving(build(Settings()), http=OnHttptools) as port:
        answer = all_of(port, b"".join(asked), len(asked))

    assert re.findall(rb'"epoch":(\d+)', answer) == [i.encode() for i in epochs]


def all_of(port: int, asked: bytes, count: int) -> bytes:
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(asked)
        while received.count(b'"lr":') < count:
            chunk = client.recv(1 << 20)
            assert chunk, "it hung up"
            received += chunk
    return received


def test_what_is_answered_at_once_is_counted() -> None:
    front = build(Settings())

    with serving(front, http=OnHttptools) as port:
        exchange(port, get(KNOWN), get(KNOWN), get(KNOWN))
        counted = exchange(port, get("/metrics"))

    assert b'setpoint_http_requests_total{code="200",method="GET",route="/v1/lr"} ' in counted
