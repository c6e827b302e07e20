"""Errors as they are seen from outside."""

import logging
from typing import Any

import pytest

from setpoint import errors
from setpoint.api import problems
from setpoint.api.app import build
from setpoint.errors import Fault, SetpointError, kinds
from setpoint.settings import Settings
from tests.api.service import FLAT, Service, code

service = Service()

CODES = {
    errors.InvalidRequest: ("invalid-request", 422),
    errors.InvalidSchedule: ("invalid-schedule", 422),
    errors.NotConvertible: ("not-convertible", 422),
    errors.InvalidJson: ("invalid-json", 400),
    errors.UnknownParameter: ("unknown-parameter", 400),
    errors.MalformedRequest: ("malformed-request", 400),
    errors.OriginRefused: ("origin-refused", 403),
    errors.NotFound: ("not-found", 404),
    errors.MethodNotAllowed: ("method-not-allowed", 405),
    errors.NotAcceptable: ("not-acceptable", 406),
    errors.TooSlow: ("too-slow", 408),
    errors.StaleAttempt: ("stale-attempt", 409),
    errors.PlanChanged: ("plan-changed", 412),
    errors.TooLarge: ("too-large", 413),
    errors.AddressTooLong: ("address-too-long", 414),
    errors.NotJson: ("not-json", 415),
    errors.HostRefused: ("host-refused", 421),
    errors.PreconditionRequired: ("precondition-required", 428),
    errors.HeadersTooLarge: ("headers-too-large", 431),
    errors.Unexpected: ("unexpected", 500),
    errors.Unavailable: ("unavailable", 503),
}


def every_kind() -> list[type[SetpointError]]:
    return [kind for kind in kinds(SetpointError) if kind.__module__ == errors.__name__ and "code" in vars(kind)]


@pytest.mark.parametrize(("kind", "expected"), CODES.items())
def test_an_error_has_its_code_and_its_status(kind: type[SetpointError], expected: tuple[str, int]) -> None:
    assert (kind.code, problems.status(kind)) == expected


def test_every_conflict_is_409_unless_it_is_about_a_precondition() -> None:
    conflicts = set(kinds(errors.Conflict)) - {errors.PlanChanged, errors.PreconditionRequired}

    assert {problems.status(kind) for kind in conflicts} == {409}


def test_no_error_of_those_that_ask_is_a_fault_of_the_service() -> None:
    assert [kind for kind in kinds(errors.Refused) if not 400 <= problems.status(kind) < 500] == []


def test_no_two_errors_have_one_code() -> None:
    codes = [kind.code for kind in every_kind()]

    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("kind", every_kind())
def test_every_error_says_what_to_do_and_is_explained_at_its_type(kind: type[SetpointError]) -> None:
    if kind is SetpointError:
        return
    explained = service.get(problems.reference(kind))

    assert kind.title != SetpointError.title
    assert kind.advice.endswith(".")
    assert (explained.status_code, kind.advice in explained.text) == (200, True)


@pytest.mark.parametrize("address", ["/problems", "/problems/stale-attempt"])
def test_an_explanation_that_is_had_already_is_not_sent_again(address: str) -> None:
    had = service.get(address).headers["etag"]

    assert service.get(address, if_none_match=had).status_code == 304


def test_a_problem_has_all_that_is_known() -> None:
    reply = problems.reply(errors.InvalidSchedule("it is too steep", faults=[Fault("/gamma", "too large")], epoch=5))

    assert reply.status_code == 422
    assert reply.body == (
        b'{"type":"/problems/invalid-schedule","title":"The schedule is not valid","status":422,'
        b'"detail":"It is too steep. Correct the fields named in `errors`; GET /v1/kinds lists every kind with its '
        b'parameters.","errors":[{"pointer":"/gamma","detail":"too large"}],"epoch":5}'
    )


def test_who_should_ask_again_is_told_when() -> None:
    assert (b"retry-after", b"1") in problems.reply(errors.Unavailable("busy")).raw_headers


# Those that no route raises


def test_an_address_where_nothing_is() -> None:
    answer = service.get("/v1/nothing")

    assert (answer.status_code, code(answer), answer.json()["status"]) == (404, "not-found", 404)


@pytest.mark.parametrize(
    ("method", "address", "allow"),
    [
        ("DELETE", "/v1/lr", "GET, HEAD, POST"),
        ("PUT", "/v1/schedule", "GET, HEAD, POST"),
        ("GET", "/v1/simulations", "POST"),
        ("HEAD", "/v1/imports", "POST"),
        ("OPTIONS", "/v1/kinds", "GET, HEAD"),
        ("POST", "/docs/files/favicon.png", "GET, HEAD"),
    ],
)
def test_a_method_that_an_address_does_not_take(method: str, address: str, allow: str) -> None:
    answer = service.ask(method, address)

    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_problem_is_not_kept_by_caches() -> None:
    assert service.get(f"/v1/lr?{FLAT}&epoch=x").headers["cache-control"] == "no-store"


def broken(error: Exception) -> Service:
    """A service in which one route has a fault."""
    front = build(Settings())
    app: Any = front.app

    async def fault() -> None:
        raise error

    app.add_api_route("/broken", fault)
    return Service(front)


def test_an_unexpected_error_tells_nothing_to_who_asked_and_all_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="setpoint"):
        answer = broken(RuntimeError("the secret is 42")).get("/broken")

    assert (answer.status_code, code(answer)) == (500, "unexpected")
    assert "42" not in answer.text
    assert [record.message for record in caplog.records] == ["GET /broken failed"]
    assert "the secret is 42" in caplog.text


def test_an_error_that_a_route_raises_on_purpose_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    answer = broken(errors.Unavailable("the disk is full")).get("/broken")

    assert (answer.status_code, answer.headers["retry-after"], caplog.records) == (503, "1", [])
