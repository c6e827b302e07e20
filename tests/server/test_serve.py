"""The process: where it listens, what it prints, how it ends."""

import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from setpoint.server import serve
from setpoint.server.greeting import address, greeting
from setpoint.server.listen import listen
from setpoint.server.on_httptools import MAX_HEAD
from setpoint.settings import InvalidSetting, Settings
from tests.server import stub

STUB = Path(__file__).with_name("stub.py")
PATIENCE = 20.0
SEED = "kind=step&initial_lr=0.1&step_size=5&gamma=0.5"
RUNS_ON = "uvloop uvicorn.protocols.http.httptools_impl"


class Service:
    """A stub service in a process of its own, on a port that was free."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.greeting = [process.stdout.readline().rstrip("\n") for _ in range(5)]
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.greeting[0])
        assert found is not None
        self.url, self.port = found[0], int(found[1])

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, float]:
        """Signal the process; its exit code, what it printed last, and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        printed, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, printed, time.monotonic() - began


@contextmanager
def serving(*flags: str) -> Generator[Service]:
    command = [sys.executable, str(STUB), "port=0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield Service(process)
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells of another process")
def test_it_may_have_as_many_connections_as_the_system_allows() -> None:
    """A shell begins with 1,024: the next worker would wait for ever, and nobody would say why."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    try:
        with serving() as service:
            assert resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE) == (min(hard, 2**20), hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_greeting_names_the_seed_example_the_dashboard_and_the_docs() -> None:
    assert greeting(address("127.0.0.1", 8321)).splitlines() == [
        "Setpoint 0.1.0 serves http://127.0.0.1:8321 (Ctrl-C ends it). To try:",
        "",
        f"  curl 'http://127.0.0.1:8321/v1/lr?{SEED}&epoch=12'",
        "  http://127.0.0.1:8321/",
        "  http://127.0.0.1:8321/docs",
    ]


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8321"),
        ("0.0.0.0", "http://127.0.0.1:8321"),
        ("::", "http://[::1]:8321"),
        ("::1", "http://[::1]:8321"),
    ],
)
def test_the_address_shown_is_one_that_works_from_this_machine(host: str, shown: str) -> None:
    assert address(host, 8321) == shown


def test_it_greets_once_it_answers() -> None:
    with serving() as service:
        answer = httpx.get(service.url)

        assert service.greeting[4] == f"  {service.url}/docs"
        assert answer.status_code == 200


def test_it_runs_on_uvloop_and_httptools() -> None:
    with serving() as service:
        assert httpx.get(service.url).text == RUNS_ON


def test_it_does_not_say_what_it_is_made_with() -> None:
    with serving() as service:
        assert "server" not in httpx.get(service.url).headers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_0_and_its_lifespan_closed(number: signal.Signals) -> None:
    with serving() as service:
        httpx.get(service.url)

        code, printed, seconds = service.end(number)

        assert (code, printed) == (0, "closed\nended\n")
        assert seconds < Settings().grace_seconds


def test_a_request_in_flight_is_answered_before_the_end() -> None:
    with serving() as service, socket.create_connection(("127.0.0.1", service.port)) as client:
        client.settimeout(PATIENCE)
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.2)

        code, _, _ = service.end()

        assert code == 0
        assert client.recv(65536).endswith(RUNS_ON.encode())


def test_a_half_sent_body_does_not_outlive_the_grace_period() -> None:
    with serving("grace_seconds=1") as service:
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
            time.sleep(0.2)

            code, printed, seconds = service.end()

        assert code == 0
        assert printed.endswith("closed\nended\n")
        assert 0.9 < seconds < 4


def _told(service: Service, sent: bytes) -> str:
    """All that is answered to `sent` until the connection is closed."""
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.settimeout(PATIENCE)
        client.sendall(sent)
        told = b"".join(iter(lambda: client.recv(65536), b""))
    return told.decode()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\r\n\r\n",
        b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so_as_a_problem(sent: bytes) -> None:
    with serving() as service:
        told = _told(service, sent)

    assert told.startswith("HTTP/1.1 400 Bad Request\r\n")
    assert "content-type: application/problem+json\r\n" in told
    assert '"type":"/problems/malformed-request"' in told


def test_headers_that_do_not_end_are_refused_before_they_fill_the_memory() -> None:
    with serving() as service:
        told = _told(service, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * MAX_HEAD)

    assert told.startswith("HTTP/1.1 431 ")
    assert '"type":"/problems/headers-too-large"' in told


def test_a_body_may_be_larger_than_headers_may_and_the_connection_goes_on() -> None:
    with serving() as service, httpx.Client(base_url=service.url) as client:
        answers = [client.post("/", content=b"y" * MAX_HEAD * 2, headers={"X": "y" * 1000}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_an_idle_connection_is_kept_longer_than_a_load_balancer_keeps_one() -> None:
    config = serve.config(stub.application(Settings()), Settings())

    assert config.timeout_keep_alive > 600


def test_a_busy_port_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(InvalidSetting) as refusal:
            listen(Settings(port=port))

    assert str(refusal.value) == (
        f"127.0.0.1:{port} is in use. Stop what listens there, or take another port: --port {port + 1}."
    )


def test_an_address_of_another_machine_says_what_to_do() -> None:
    with pytest.raises(InvalidSetting, match=r"192\.0\.2\.1:0 can't be served .* --host 127\.0\.0\.1"):
        listen(Settings(host="192.0.2.1", port=0, no_auth=True))


def test_a_name_that_no_machine_has_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"nowhere\.invalid:0 can't be served"):
        listen(Settings(host="nowhere.invalid", port=0, no_auth=True))


def test_every_address_is_served_where_no_auth_was_said() -> None:
    with listen(Settings(host="0.0.0.0", port=0, no_auth=True)) as listener:
        port = listener.getsockname()[1]

        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            assert client.getpeername() == ("127.0.0.1", port)
