"""The learning rate of an epoch: looked at, waited for, sealed."""

import threading
from collections.abc import Callable

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api_runs.problem import Problem, problem
from tests.api_runs.process import ANY_PLAN, Process, Run

Create = Callable[..., Run]


def test_looking_never_seals(run: Run) -> None:
    planned = run.get("/lr?epoch=5")

    assert planned.json() == {
        "run": run.at.removeprefix("/v1/runs/"),
        "attempt": 1,
        "epoch": 5,
        "lr": 0.05,
        "groups": {},
        "hyperparameters": {},
        "sealed": False,
        "plan_version": 1,
    }
    assert run.get().json()["frontier"] == 0


def test_without_an_epoch_it_is_the_one_at_the_position(run: Run) -> None:
    for epoch in range(3):
        run.check_in("a", epoch, lookahead=1)

    assert (run.get("/lr").json()["epoch"], run.get("/lr").json()["sealed"]) == (2, True)


def test_putting_it_seals_it_without_a_worker(run: Run) -> None:
    sealed = run.http.put(f"{run.at}/lr?epoch=1")

    assert (sealed.json()["lr"], sealed.json()["sealed"]) == (0.1, True)
    assert (run.get().json()["frontier"], run.get().json()["position"]) == (2, 1)


def test_only_what_is_sealed_of_a_named_attempt_is_to_be_kept_for_ever(run: Run) -> None:
    run.check_in("a", 0)
    kept = "public, max-age=31536000, immutable"

    says = {query: run.get(f"/lr?{query}").headers for query in ("epoch=0&attempt=1", "epoch=0", "epoch=1&attempt=1")}

    assert [headers["cache-control"] for headers in says.values()] == [kept, "no-store", "no-store"]
    assert ["etag" in headers for headers in says.values()] == [True, False, False]
    assert {headers["vary"] for headers in says.values()} == {"accept"}


def test_who_has_it_already_is_told_so(run: Run) -> None:
    run.check_in("a", 0)
    etag = run.get("/lr?epoch=0&attempt=1").headers["etag"]

    again = run.get("/lr?epoch=0&attempt=1", if_none_match=etag)

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert again.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_plain_text_is_the_bare_number(run: Run) -> None:
    run.check_in("a", 0)

    bare = run.get("/lr?epoch=0&attempt=1", accept="text/plain")

    assert (bare.text, bare.headers["content-type"]) == ("0.1\n", "text/plain; charset=utf-8")
    assert problem(run.get("/lr?epoch=0", accept="image/png")) == Problem(406, "not-acceptable")


def test_a_head_has_the_headers_alone(run: Run) -> None:
    run.check_in("a", 0)
    got = run.get("/lr?epoch=0&attempt=1")

    head = run.http.head(f"{run.at}/lr?epoch=0&attempt=1")

    assert (head.status_code, head.content) == (200, b"")
    assert {n: v for n, v in head.headers.items() if n != "date"} == {
        n: v for n, v in got.headers.items() if n != "date"
    }


def test_waiting_in_vain_ends_with_not_sealed(run: Run) -> None:
    refused = run.get("/lr?epoch=3&wait=0.05")

    assert (problem(refused), refused.json()["frontier"]) == (Problem(409, "not-sealed"), 0)


def test_waiting_ends_when_it_is_sealed(run: Run) -> None:
    sealing = threading.Timer(0.1, lambda: httpx.put(f"{run.http.base_url}{run.at}/lr?epoch=0"))
    sealing.start()

    waited = run.get("/lr?epoch=0&wait=20")

    sealing.join()
    assert (waited.status_code, waited.json()["sealed"]) == (200, True)


def test_nobody_waits_for_what_will_never_be_sealed(run: Run) -> None:
    run.attempt(0)
    superseded = run.get("/lr?epoch=0&attempt=1&wait=300")
    run.http.patch(run.at, json={"state": "finished"})
    finished = run.get("/lr?epoch=0&wait=300")
    run.http.patch(run.at, json={"state": "archived"})
    archived = run.get("/lr?epoch=0&wait=300")

    assert (problem(superseded), superseded.json()["attempt"]) == (Problem(409, "stale-attempt"), 2)
    assert problem(finished) == Problem(409, "run-finished")
    assert problem(archived) == Problem(409, "run-archived")


def test_who_waits_is_told_when_its_attempt_is_superseded(run: Run) -> None:
    body = {"from_epoch": 0}
    opening = threading.Timer(
        0.1, lambda: httpx.post(f"{run.http.base_url}{run.at}/attempts", json=body, headers=ANY_PLAN)
    )
    opening.start()

    waited = run.get("/lr?epoch=0&attempt=1&wait=300")

    opening.join()
    assert problem(waited) == Problem(409, "stale-attempt")


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("epoch=%2B1", 422, "/epoch"),
        ("epoch=1_0", 422, "/epoch"),
        ("epoch=1.0", 422, "/epoch"),
        ("epoch=-1", 422, "/epoch"),
        ("epoch=", 422, "/epoch"),
        ("epoch=01", 422, "/epoch"),
        ("epoch=9007199254740992", 422, "/epoch"),
        ("epoch=%D9%A1", 422, "/epoch"),
        ("epoch=1&epoch=1", 400, "/epoch"),
        ("epoc=1", 400, "/epoc"),
        ("attempt=0", 422, "/attempt"),
        ("attempt=9", 422, "/attempt"),
        ("wait=nan", 422, "/wait"),
        ("wait=301", 422, "/wait"),
        ("wait=-1", 422, "/wait"),
        ("wait=inf", 422, "/wait"),
        ("wait=1e1", 422, "/wait"),
    ],
)
def test_a_parameter_that_can_not_be_meant_is_pointed_at(query: str, status: int, pointer: str, run: Run) -> None:
    refused = problem(run.get(f"/lr?{query}"))

    assert (refused.status, refused.pointers) == (status, [pointer])


QUERIES = st.sampled_from(
    ["epoch={}", "epoch={}&attempt={}", "attempt={}&epoch={}", "epoch={}&", "epoch=0{}", "epoch={}&wait=0"]
)


@pytest.fixture(scope="module")
def busy(service: Process) -> Run:
    """A run with sealed and unsealed epochs, two attempts and changes."""
    run = Run(service.http, "busy", groups={"head": {"kind": "constant", "initial_lr": 1}})
    for epoch in range(6):
        run.check_in("a", epoch)
    run.change("scale", factor=0.3)
    run.check_in("a", 6)
    run.attempt(4, changes=[{"op": "scale", "factor": 0.1}])
    run.check_in("a", 4, attempt=2)
    return run


def _but_its_own(answer: httpx.Response) -> dict[str, str]:
    """The headers, but for what no two answers have in common."""
    return {**answer.headers, "date": "", "x-request-id": ""}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES, epoch=st.integers(0, 9), attempt=st.integers(0, 3))
def test_the_door_answers_the_bytes_of_the_documented_route(query: str, epoch: int, attempt: int, busy: Run) -> None:
    address = f"{busy.at}/lr?{query.format(epoch, attempt)}"

    # A condition that nothing meets makes no difference but that the door leaves it to the route.
    at_the_door, by_route = busy.http.get(address), busy.http.get(address, headers={"If-None-Match": '"none"'})

    assert at_the_door.content == by_route.content
    assert at_the_door.status_code == by_route.status_code
    assert _but_its_own(at_the_door) == _but_its_own(by_route)
