"""Requests over sockets: what is sent, what is sent again, and when."""

import asyncio
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from setpoint.client import call, http
from setpoint.client.answer import Answer
from setpoint.client.atransport import AsyncTransport
from setpoint.client.call import Call
from setpoint.client.place import Place
from setpoint.client.refusal import Unreachable
from setpoint.client.retry import Patience, retry_after
from setpoint.client.transport import Transport
from setpoint.errors import NotFound, PlanChanged, SetpointError, StorageFull, Unavailable
from setpoint.testing import Service
from tests.client.conftest import QUICK
from tests.client.server import Script, answer, scripted

STEP = {"schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}}
FULL = answer(503, b'{"type": "/problems/storage-full", "detail": "Full."}', kind="application/problem+json")
UNKEYED: Call[Any] = Call("POST", "/v1/runs/r/changes", {})
LATER = answer(503, b"", "retry-after: 3")


def asked(script: Script, sent: Call[Any], patience: Patience = QUICK) -> Answer[Any]:
    with Transport(Place(script.url), patience, draw=lambda: 1.0) as transport:
        return transport.ask(sent)


def asked_async(url: str, sent: Call[Any]) -> Answer[Any]:
    async def once() -> Answer[Any]:
        async with AsyncTransport(Place(url), QUICK) as transport:
            return await transport.ask(sent)

    return asyncio.run(once())


def test_a_run_is_made_and_found_again(transport: Transport) -> None:
    made = transport.ask(call.create("made", STEP))
    again = transport.ask(call.create("made", STEP))

    assert (made.status, again.status) == (201, 200)
    assert made.body["frontier"] == 0
    assert transport.ask(call.plan("made")).etag == '"1-1-1"'


def test_a_refusal_is_the_error_that_the_service_raised(transport: Transport) -> None:
    transport.ask(call.create("refusing", STEP))

    with pytest.raises(PlanChanged):
        transport.ask(call.change("refusing", {"op": "hold", "reason": "x"}, plan='"1-1-9"', key="k"))
    with pytest.raises(NotFound, match="There is no run nobody"):
        transport.ask(call.show("nobody"))


def test_a_dry_run_answers_and_does_nothing(transport: Transport) -> None:
    transport.ask(call.create("dry", STEP))

    change = call.change("dry", {"op": "scale", "factor": 0.5, "reason": "x"}, plan="*", key="k")

    assert transport.ask(call.previewed(change)).body["lr_after"] == 0.05
    assert transport.ask(call.log("dry")).body["changes"] == []


def test_async_asks_alike(served: Service) -> None:
    assert asked_async(served.url, call.create("async", STEP)).body["run"] == "async"
    with pytest.raises(NotFound):
        asked_async(served.url, call.show("nobody"))


def test_the_token_is_shown_and_a_body_is_json() -> None:
    with scripted(answer(200)) as script, Transport(Place(script.url, "secret")) as transport:
        transport.ask(call.create("r", {"a": 1}))

    (sent,) = script.sent
    assert sent.line == "PUT /v1/runs/r HTTP/1.1"
    assert sent.headers["authorization"] == "Bearer secret"
    assert sent.headers["content-type"] == "application/json"
    assert sent.body == b'{"a": 1}'


def test_a_name_can_not_leave_its_place_in_the_address() -> None:
    with scripted(answer(200)) as script:
        asked(script, call.look("../../a?b", epoch=3))

    assert script.sent[0].line == "GET /v1/runs/..%2F..%2Fa%3Fb/lr?epoch=3 HTTP/1.1"


def test_one_connection_serves_many_requests() -> None:
    with scripted(answer(200), answer(200), answer(200)) as script, Transport(Place(script.url)) as transport:
        for _ in range(3):
            transport.ask(call.show("r"))

    assert script.connections == 1


@pytest.mark.parametrize(
    "sent",
    [call.show("r"), call.create("r", {}), call.leave("r", "w"), call.change("r", {}, plan="*", key="k")],
    ids=["GET", "PUT", "DELETE", "keyed POST"],
)
def test_what_can_be_sent_twice_is_sent_again(sent: Call[Any]) -> None:
    with scripted(None, FULL, answer(200, b'{"ok": true}')) as script:
        assert asked(script, sent).body == {"ok": True}

    first, second, third = script.sent
    assert first == second == third


@pytest.mark.parametrize("came", [None, FULL], ids=["nothing", "503"])
def test_what_can_not_be_sent_twice_is_sent_once(came: bytes | None) -> None:
    with scripted(came, answer(200)) as script, pytest.raises(Unavailable):
        asked(script, UNKEYED)

    assert len(script.sent) == 1


def test_what_was_never_sent_is_sent_again_whatever_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Place(f"http://127.0.0.1:{listener.getsockname()[1]}")
    waits: list[float] = []
    patience = Patience(deadline_seconds=1.0, first_seconds=0.1, most_seconds=0.4)

    transport = Transport(place, patience, draw=lambda: 1.0, sleep=waits.append, clock=lambda: sum(waits))
    with transport, pytest.raises(Unreachable, match="can't be reached"):
        transport.ask(UNKEYED)

    assert waits == [0.1, 0.2, 0.4]


def test_a_refusal_for_good_is_not_asked_again() -> None:
    problem = answer(409, b'{"type": "/problems/stale-attempt"}', kind="application/problem+json")
    with scripted(problem, answer(200)) as script, pytest.raises(SetpointError):
        asked(script, call.show("r"))

    assert len(script.sent) == 1


def test_the_last_refusal_is_raised_at_the_deadline() -> None:
    with scripted(*[FULL] * 50) as script, pytest.raises(StorageFull, match="Full"):
        asked(script, call.show("r"), Patience(deadline_seconds=0.3, first_seconds=0.05, most_seconds=0.05))

    assert 3 <= len(script.sent) <= 8


def test_a_silent_service_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Place(f"http://127.0.0.1:{listener.getsockname()[1]}")
        began = time.monotonic()
        transport = Transport(place, Patience(deadline_seconds=0.4))
        with transport, pytest.raises(Unreachable, match="does not answer in time"):
            transport.ask(call.show("r"))

    assert time.monotonic() - began < 2


def test_the_service_says_when_to_come_back_and_chance_comes_on_top() -> None:
    patience = Patience(deadline_seconds=60, first_seconds=2.0, most_seconds=8.0)

    assert patience.pause(0, 0.0, 3.0, lambda: 0.5) == 4.0
    assert patience.pause(0, 0.0, 0.0, lambda: 0.5) == 1.0
    assert patience.pause(9, 0.0, 0.0, lambda: 0.5) == 4.0
    assert patience.pause(0, 58.0, 3.0, lambda: 0.5) is None


def test_a_retry_after_is_heeded() -> None:
    waits: list[float] = []
    with scripted(LATER, answer(200)) as script:
        transport = Transport(Place(script.url), Patience(), draw=lambda: 0.5, sleep=waits.append)
        with transport:
            transport.ask(call.show("r"))

    assert waits == [3.05]


def test_a_retry_after_the_deadline_is_not_waited_for() -> None:
    waits: list[float] = []
    with scripted(LATER) as script:
        transport = Transport(Place(script.url), QUICK, sleep=waits.append)
        with transport, pytest.raises(Unavailable):
            transport.ask(call.show("r"))

    assert waits == []


@pytest.mark.parametrize(("value", "seconds"), [("3", 3.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("-1", 0.0)])
def test_a_retry_after_that_is_a_date_is_none(value: str, seconds: float) -> None:
    assert retry_after(value) == seconds


def test_what_waits_at_the_service_has_the_time_for_it() -> None:
    sent = call.check_in("r", "w", {"epoch": 3}, wait_seconds=7.5)

    assert sent.params == {"wait": "7.500"}
    assert sent.wait_seconds == 7.5


def test_threads_share_it(transport: Transport) -> None:
    transport.ask(call.create("shared", STEP))

    def looked(epoch: int) -> float:
        return transport.ask(call.look("shared", epoch % 10)).body["lr"]

    with ThreadPoolExecutor(8) as pool:
        rates = list(pool.map(looked, range(200)))

    assert rates == [0.1 if epoch % 10 < 5 else 0.05 for epoch in range(200)]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # that it has threads is the point
def test_a_forked_process_has_connections_of_its_own(transport: Transport) -> None:
    transport.ask(call.create("forked", STEP))
    parents = transport._connections

    child = os.fork()
    if child == 0:
        right = transport.ask(call.look("forked", 7)).body["lr"] == 0.05
        os._exit(0 if right and transport._connections is not parents else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert transport.ask(call.look("forked", 7)).body["lr"] == 0.05
    assert transport._connections is parents


def test_a_proxy_of_the_environment_is_not_for_this_machine(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    with Transport(transport.place, QUICK) as another:
        assert another.ask(call.runs()).status == 200


def test_a_connection_that_was_ended_meanwhile_is_not_used_again() -> None:
    ending = answer(200)
    with scripted(ending, ending, ending) as script, Transport(Place(script.url), QUICK) as transport:
        transport.ask(call.show("r"))
        (kept,) = transport._connections.idle
        kept.shutdown(socket.SHUT_RDWR)

        assert transport.ask(UNKEYED).status == 200

    assert script.connections == 2


def test_a_proxy_is_told_all_of_a_plain_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(answer(200)) as script:
        monkeypatch.setenv("http_proxy", script.url.replace("//", "//me:p%40ss@"))
        with Transport(Place("http://setpoint.lab:8321", "secret"), QUICK) as transport:
            transport.ask(call.look("r", epoch=3))

    (sent,) = script.sent
    assert sent.line == "GET http://setpoint.lab:8321/v1/runs/r/lr?epoch=3 HTTP/1.1"
    assert sent.headers["host"] == "setpoint.lab:8321"
    assert sent.headers["proxy-authorization"] == "Basic bWU6cEBzcw=="


def test_a_proxy_of_an_encrypted_address_is_asked_for_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(b"HTTP/1.1 403 No\r\nconnection: close\r\n\r\n") as script:
        monkeypatch.setenv("https_proxy", script.url)
        with (
            Transport(Place("https://setpoint.lab", "secret"), Patience(tries=1)) as transport,
            pytest.raises(Unreachable, match="Tunnel connection failed: 403"),
        ):
            transport.ask(call.show("r"))

    (sent,) = script.sent
    assert sent.line.startswith("CONNECT setpoint.lab:443 HTTP/1.")
    assert "authorization" not in sent.headers


def test_an_https_address_is_checked_by_the_systems_certificates() -> None:
    verifying = http.trust(Place("https://there"))

    assert verifying.check_hostname
    assert verifying.cert_store_stats()["x509_ca"] > 0


def test_over_http_no_certificate_would_be_trusted() -> None:
    verifying = http.trust(Place("http://there"))

    assert verifying.check_hostname
    assert verifying.cert_store_stats()["x509_ca"] == 0
