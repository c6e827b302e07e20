"""What is logged: for people or machines, by request, and never a secret."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from setpoint.api.app import build
from setpoint.api.asgi import Receive, Scope, Send
from setpoint.api.front import Front
from setpoint.api.requests import MOST_A_SECOND, Requests
from setpoint.api.standing import Standing
from setpoint.errors import StorageFull, Unavailable
from setpoint.server.logs import Human, Json, secrets_of
from setpoint.settings import Settings
from tests.api.service import Service
from tests.api_runs.process import Process, Run

SECRET = "sp_AAAAbbbbCCCCddddEEEEffffGGGGhhhhIIIIjjjjKKK"
"""Of the form that our tokens have."""
OTHER = "hunter2-by-our-own-choice"


def record(message: str, *arguments: object, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("setpoint", logging.WARNING, "", 0, message, arguments, None)
    made.created = 1777863721.25
    made.__dict__.update(extra)
    return made


def test_a_line_for_people_says_when_how_bad_what_and_which_request() -> None:
    line = Human().format(record("%s failed", "PUT /v1/runs/mnist", request_id="1f-2"))

    assert line == "2026-05-04T03:02:01.250Z WARNING PUT /v1/runs/mnist failed (request 1f-2)"


def test_a_line_for_machines_is_one_document() -> None:
    line = Json().format(record("slow", request_id="1f-2", facts={"status": 200, "seconds": 1.5}))

    assert json.loads(line) == {
        "at": "2026-05-04T03:02:01.250Z",
        "level": "warning",
        "logger": "setpoint",
        "message": "slow",
        "request_id": "1f-2",
        "status": 200,
        "seconds": 1.5,
    }


def test_no_path_makes_two_lines_of_one() -> None:
    forged = "/v1/runs/x\n2026-05-04T03:02:01.250Z ERROR all is lost\x1b[2J\u2028"

    assert Human().format(record("GET %s", forged)).count("\n") == 0
    assert Json().format(record("GET %s", forged)).count("\n") == 0


def test_a_traceback_follows_its_line() -> None:
    try:
        raise ValueError(f"with {SECRET} in it")
    except ValueError:
        failed = logging.LogRecord("setpoint", logging.ERROR, "", 0, "failed", (), sys.exc_info())

    lines = Human().format(failed).splitlines()
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError: with [hidden] in it"
    assert json.loads(Json().format(failed))["exception"].endswith("ValueError: with [hidden] in it")


@pytest.mark.parametrize("form", [Human, Json])
def test_secrets_are_hidden_wherever_they_turn_up(form: type[Human]) -> None:
    settings = Settings(token=OTHER, database_url=f"postgresql://ada:{OTHER}2@db/lr")
    formatter = form(secrets_of(settings))

    line = formatter.format(record("%s and %s", SECRET, OTHER, request_id=SECRET, facts={"path": f"/{SECRET}"}))

    assert SECRET not in line
    assert OTHER not in line


# Requests


def failing() -> Service:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("a bug")

    return Service(Front(app))


def test_a_request_is_named_as_its_client_named_it() -> None:
    service = Service()

    assert service.get("/livez", x_request_id="train-7.a_B").headers["x-request-id"] == "train-7.a_B"
    assert service.get("/v1/lr?kind=constant&initial_lr=1&epoch=1", x_request_id="q").headers["x-request-id"] == "q"


@pytest.mark.parametrize("name", ["", "a b", "a\x7f", "x" * 129, "sp(1)"])
def test_a_name_that_is_not_proper_is_replaced(name: str) -> None:
    given = Service().get("/nowhere", x_request_id=name).headers["x-request-id"]

    assert given != name
    assert given


def test_every_problem_names_its_request_and_no_two_alike() -> None:
    service = Service(build(Settings()))

    names = [service.get("/nowhere").headers["x-request-id"] for _ in range(3)]
    names.append(service.get("/nowhere", host="evil.example").headers["x-request-id"])

    assert len(set(names)) == 4
    assert "x-request-id" not in service.get("/livez").headers


def test_a_failure_is_logged_under_the_name_that_its_client_was_told(caplog: pytest.LogCaptureFixture) -> None:
    answer = failing().get("/v1/runs/mnist")

    (failed,) = caplog.records
    assert answer.headers["x-request-id"] == failed.__dict__["request_id"]
    assert (failed.getMessage(), failed.exc_info is None) == ("GET /v1/runs/mnist failed", False)


def test_what_goes_well_is_logged_only_where_everything_is(caplog: pytest.LogCaptureFixture) -> None:
    quiet, loud = Service(), Service(build(Settings(access_log=True)))
    quiet.get("/livez")
    quiet.get("/nowhere")
    assert caplog.records == []

    loud.get("/livez?secret=1")
    loud.get("/v1/lr?kind=constant&initial_lr=1&epoch=1")

    assert [line.__dict__["facts"]["path"] for line in caplog.records] == ["/livez", "/v1/lr"]
    assert "secret" not in caplog.text


def asked(**more: Any) -> Scope:
    return {"type": "http", "method": "GET", "path": "/v1/kinds", "query_string": b"", **more}


def test_a_slow_request_is_logged_unless_it_was_asked_to_wait(caplog: pytest.LogCaptureFixture) -> None:
    requests = Requests()

    requests.answered(asked(), "/v1/kinds", 200, 1.5)
    requests.answered(asked(query_string=b"epoch=3&wait=30"), "/v1/runs/{run}/lr", 200, 29.0)
    requests.answered(asked(**{"setpoint.patient": True}), "/v1/events", 200, 3600.0)

    assert [line.getMessage() for line in caplog.records] == ["GET /v1/kinds: 200 after 1.500 s"]


def test_thousands_of_slow_requests_do_not_fill_the_disk_as_well(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    requests = Requests(clock=lambda: now)
    for _ in range(1000):
        requests.answered(asked(), "/v1/kinds", 200, 2.0)
    now = 1.0
    requests.answered(asked(), "/v1/kinds", 200, 2.0)

    assert len(caplog.records) == MOST_A_SECOND + 2
    assert caplog.records[-2].getMessage() == f"{1000 - MOST_A_SECOND} more requests were slow"


def test_that_writes_fail_is_logged_once_and_that_they_do_no_more(caplog: pytest.LogCaptureFixture) -> None:
    standing = Standing(lambda: 0.0)
    full, gone = StorageFull("no room"), Unavailable("no database")

    for error in (None, full, full, gone, None, None):
        standing.committed(1, 0.001, error)

    assert [line.getMessage() for line in caplog.records] == [
        "writes fail: no room",
        "writes fail: no database",
        "writes succeed again",
    ]


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_token_never_appears_in_any_line(form: str, tmp_path: Path) -> None:
    flags = ("--log-format", form, "--log-level", "debug", "--access-log")
    with Process(tmp_path / "data", *flags) as service:
        run = Run(service.http, "mnist")
        shown = {"Authorization": f"Bearer {SECRET}", "Cookie": f"session={SECRET}", "X-Request-Id": SECRET}
        for address in ("/v1/runs", f"/{SECRET}", f"/v1/runs/{SECRET}", f"/?token={SECRET}", "/v1/lr?kind=none"):
            for method in ("GET", "PUT"):
                service.http.request(method, address, headers=shown, json={"token": SECRET})
        assert run.check_in("w0", 0).status_code == 200
        httpx.get(service.url, headers={"Host": SECRET})
        ended = service.end()

    assert ended.code == 0
    assert ended.errors.count("\n") >= 12
    assert SECRET not in ended.errors
    assert form == "human" or all(json.loads(line) for line in ended.errors.splitlines())
