"""What those who have gone leave behind: nothing, and at once."""

import gc
import socket
import struct
from collections.abc import Generator

import httpx
import pytest

from setpoint.api import events
from setpoint.server.on_httptools import OnHttptools
from setpoint.testing import Service, service
from tests.client.training import eventually
from tests.operations.served import scraped

RUN = {"schedule": {"kind": "constant", "initial_lr": 0.1}}
WATCH = b"GET /v1/runs/busy/events HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def served() -> Generator[Service]:
    with service() as found:
        httpx.put(f"{found.url}/v1/runs/busy", json=RUN).raise_for_status()
        yield found


@pytest.fixture
def without_collector() -> Generator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def asked(served: Service, request: bytes) -> socket.socket:
    """A connection on which the request was sent, and an answer has begun."""
    host, _, port = served.url.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)))
    connection.sendall(request)
    assert connection.recv(100)
    return connection


def protocols() -> int:
    return sum(type(each) is OnHttptools for each in gc.get_objects())


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/lr?kind=constant&initial_lr=0.1&epoch=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/runs/busy HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHo",
    ],
    ids=["health", "known", "routed", "half a head"],
)
@pytest.mark.usefixtures("without_collector")
def test_a_connection_that_ends_is_gone_without_a_search_for_garbage(served: Service, request_: bytes) -> None:
    """They come and go by the thousand, and that search is rare: it used to grow by megabytes in between."""
    host, _, port = served.url.removeprefix("http://").partition(":")
    for is_reset in (False, True):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(request_)
            if request_.endswith(b"\r\n\r\n"):
                assert connection.recv(10)
            if is_reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    eventually(lambda: protocols() == 0)


def test_a_reader_that_goes_is_noticed_though_the_run_is_never_silent(
    served: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.2)
    connection = asked(served, WATCH)
    assert watchers(served) == 1
    connection.close()
    epochs = iter(range(10_000))

    def is_alone() -> bool:
        httpx.put(f"{served.url}/v1/runs/busy/workers/rank0", json={"epoch": next(epochs)}).raise_for_status()
        return watchers(served) == 0

    eventually(is_alone)


def watchers(served: Service) -> float:
    with httpx.Client(base_url=served.url) as http:
        return scraped(http).of("setpoint_watchers")
