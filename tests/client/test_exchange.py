"""HTTP/1.1 over a connection: each way in which an answer may come, and what is none."""

import socket
from collections.abc import Iterable

import pytest

from setpoint.client.exchange import Garbled, Reply, request

JSON = b'{"lr": 0.1}'
SIZED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length:11\r\n\r\n" + JSON
IN_CHUNKS = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNKED = IN_CHUNKS + b"4\r\n" + JSON[:4] + b"\r\n7;a=b\r\n" + JSON[4:] + b"\r\n0\r\n"
ENDED = b"HTTP/1.1 200 OK\r\n\r\n" + JSON


class Came(socket.socket):
    """A connection over which those parts come, and then its end."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        return next(self._parts, b"")


def reply(*parts: bytes) -> Reply:
    return Reply(Came(parts))


def by_byte(answer: bytes) -> list[bytes]:
    return [bytes([each]) for each in answer]


@pytest.mark.parametrize(
    ("answer", "is_over"),
    [
        (SIZED, True),
        (CHUNKED + b"\r\n", True),
        (CHUNKED + b"Digest: x\r\n\r\n", True),
        (ENDED, False),
        (b"HTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n" + SIZED, True),
        (SIZED.replace(b"\r\n\r\n", b"\r\nConnection: Close\r\n\r\n"), False),
        (SIZED.replace(b"HTTP/1.1", b"HTTP/1.0"), False),
    ],
    ids=["sized", "chunked", "with trailers", "until its end", "after a hint", "the last one", "HTTP/1.0"],
)
def test_an_answer_is_read_whole_however_it_comes(answer: bytes, is_over: bool) -> None:
    for parts in ([answer], by_byte(answer), [answer[:70], answer[70:]]):
        found = reply(*parts)

        assert (found.status, found.read(), found.is_over) == (200, JSON, is_over)


def test_the_names_of_headers_are_read_in_lower_case() -> None:
    assert reply(SIZED).headers == {"content-type": "application/json", "content-length": "11"}


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_is_over_at_once(status: int) -> None:
    found = reply(f"HTTP/1.1 {status} No\r\n\r\n".encode())

    assert (found.read(), found.is_over) == (b"", True)


def test_a_stream_is_told_as_it_comes() -> None:
    parts = reply(IN_CHUNKS, b"3\r\none\r\n", b"3\r\ntw", b"o\r\n").parts()

    assert [next(parts), next(parts), next(parts)] == [b"one", b"tw", b"o"]


def test_what_comes_after_an_answer_spoils_its_connection() -> None:
    found = reply(SIZED + SIZED)

    assert (found.read(), found.is_over) == (JSON, False)


@pytest.mark.parametrize("answer", [SIZED, CHUNKED + b"\r\n"], ids=["sized", "chunked"])
def test_an_answer_that_is_cut_anywhere_is_told_from_a_whole_one(answer: bytes) -> None:
    for at in range(len(answer)):
        with pytest.raises(Garbled, match="ended before"):
            reply(*([answer[:at]] if at else [])).read()


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "no answer of HTTP"),
        (b"HTTP/2 200\r\n\r\n", "no answer of HTTP"),
        (b"HTTP/1.1 OK\r\n\r\n", "no status"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "where its length belongs"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1_0\r\n\r\n", "where its length belongs"),
        (IN_CHUNKS + b"many\r\n", "where its length belongs"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n", "a coding of its own"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 30_000, "does not end"),
    ],
    ids=["SSH", "HTTP/2", "no status", "less than nothing", "no number", "no size", "coded", "endless"],
)
def test_what_is_no_answer_is_told(came: bytes, said: str) -> None:
    parts = [came[at : at + 65536] for at in range(0, len(came), 65536)]

    with pytest.raises(Garbled, match=said):
        reply(*parts).read()


def test_a_request_says_how_long_its_body_is() -> None:
    assert request("PUT", "/a", {"Host": "h"}, b"{}") == b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
    assert request("POST", "/a", {"Host": "h"}) == b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
    assert request("GET", "/a", {"Host": "h"}) == b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize("key", ["a\r\nX: y", "a\n", "a\r", "\u20ac"])
def test_a_header_can_not_become_two(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - nobody reads what it says
        request("POST", "/a", {"Idempotency-Key": key})
