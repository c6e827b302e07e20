"""TLS by a real certificate, and proxies that are believed or not; asked by real clients."""

import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.transport import Transport
from setpoint.server import tls
from setpoint.settings import InvalidSetting, Settings, read
from tests.api_access.guarded import Guarded
from tests.api_runs.process import PATIENCE, Process
from tests.cli.shell import run

CERT, KEY = (Path(__file__).with_name("tls") / name for name in ("cert.pem", "key.pem"))
"""Of localhost and 127.0.0.1, signed by itself, and for these tests alone."""
TLS = ("--tls-cert", str(CERT), "--tls-key", str(KEY))
CONSTANT = {"schedule": {"kind": "constant", "initial_lr": 0.1}}


def client(url: str, **options: object) -> httpx.Client:
    return httpx.Client(base_url=url, verify=ssl.create_default_context(cafile=CERT), timeout=PATIENCE, **options)  # type: ignore[arg-type]


def test_a_client_that_trusts_the_certificate_is_answered_and_another_is_not(tmp_path: Path) -> None:
    with Process(tmp_path, *TLS) as process, client(process.url) as http:
        assert process.url.startswith("https://127.0.0.1:")
        assert http.get("/livez").json() == {"status": "ok"}
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{process.url}/livez")
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{process.port}/livez")


def test_the_command_speaks_tls_with_what_the_system_is_told_to_trust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Process(tmp_path, *TLS) as process:
        monkeypatch.setenv("SETPOINT_URL", process.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(CERT))

        ended = run("runs")

    assert (ended.code, ended.err) == (0, "")


def test_a_worker_behind_a_proxy_speaks_with_it_through_a_tunnel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Process(tmp_path, *TLS) as process, ThreadPoolExecutor(1) as pool:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            proxied = pool.submit(_tunnel, listener)
            proxy = f"127.0.0.1:{listener.getsockname()[1]}"

            def proxied_by(_: Place) -> str:
                return proxy

            monkeypatch.setattr("setpoint.client.http.proxy", proxied_by)
            monkeypatch.setenv("SSL_CERT_FILE", str(CERT))
            with Transport(Place(f"https://localhost:{process.port}", "secret")) as transport:
                made = transport.ask(call.create("tunnelled", CONSTANT))
                found = transport.ask(call.show("tunnelled"))
        asked = proxied.result(PATIENCE)

    assert (made.status, found.body["run"]) == (201, "tunnelled")
    assert asked.startswith(f"CONNECT localhost:{process.port} HTTP/1.1\r\n")
    assert "secret" not in asked


def _tunnel(listener: socket.socket) -> str:
    """Serve one connection as a proxy does; what it was asked."""
    near, _ = listener.accept()
    with near:
        asked = near.recv(65536).decode()
        host, _, port = asked.split()[1].partition(":")
        near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection((host, int(port))) as far, ThreadPoolExecutor(1) as pool:
            back = pool.submit(_passed, far, near)
            _passed(near, far)
            back.result(PATIENCE)
    return asked


def _passed(source: socket.socket, target: socket.socket) -> None:
    while part := source.recv(65536):
        target.sendall(part)
    target.shutdown(socket.SHUT_WR)


def test_a_session_over_tls_is_for_tls_alone(tmp_path: Path) -> None:
    with Guarded(tmp_path, *TLS) as service, client(service.process.url) as http:
        cookie = http.post("/v1/session", json={"secret": service.admin.secret}).headers["set-cookie"]

    assert "; Secure" in cookie


@pytest.mark.parametrize(
    ("cert", "key"), [(CERT, CERT), (KEY, KEY), (CERT, Path("/nowhere.pem")), (Path(__file__), KEY)]
)
def test_what_is_no_certificate_and_its_key_is_told_before_anything_is_served(cert: Path, key: Path) -> None:
    with pytest.raises(InvalidSetting, match="no certificate and its key"):
        tls.checked(Settings(tls_cert=cert, tls_key=key))


@pytest.mark.parametrize("name", ["tls_cert", "tls_key"])
def test_a_certificate_and_its_key_are_given_together(name: str) -> None:
    with pytest.raises(InvalidSetting, match="belong together"):
        read({name: "x.pem"}, {})


@pytest.fixture
def actor(tmp_path: Path) -> Callable[..., str]:
    """Who the log says made a change that was sent with these headers, to a service that trusts these proxies."""

    def found(trusted: str, **headers: str) -> str:
        with Process(tmp_path, *(("--trusted-proxies", trusted) if trusted else ())) as process:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            process.http.put("/v1/runs/mnist", json=CONSTANT)
            change = {"op": "scale", "factor": 0.5, "reason": "a test"}
            sent = {"If-Match": "*"} | named
            return str(process.http.post("/v1/runs/mnist/changes", json=change, headers=sent).json()["actor"])

    return found


def test_a_proxy_that_is_trusted_says_where_a_request_came_from(actor: Callable[..., str]) -> None:
    assert actor("10.0.0.0/8,127.0.0.1", X_Forwarded_For="198.51.100.7, 10.1.2.3") == "198.51.100.7"


@pytest.mark.parametrize("trusted", ["", "10.0.0.0/8"])
def test_nobody_else_is_believed(actor: Callable[..., str], trusted: str) -> None:
    assert actor(trusted, X_Forwarded_For="198.51.100.7", Forwarded="for=198.51.100.7") == "127.0.0.1"
