"""Runs: created once, found, patched."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api_runs.problem import Problem, problem
from tests.api_runs.process import STEP, Run

Create = Callable[..., Run]


def test_a_new_run_is_201_and_shown_with_its_defaults(run: Run) -> None:
    made = run.created.json()

    assert run.created.status_code == 201
    assert {name: made[name] for name in ("state", "unit", "attempt", "start_epoch", "position", "frontier")} == {
        "state": "running", "unit": "epoch", "attempt": 1, "start_epoch": 0, "position": 0, "frontier": 0
    }  # fmt: skip
    assert (made["schedule"], made["plan_version"], made["max_lookahead"]) == (STEP, 1, 1)
    assert run.get().json() == made


def test_the_same_run_again_is_200_whatever_its_labels_and_start(run: Run) -> None:
    again = run.http.put(run.at, json={"schedule": STEP, "labels": {"rank": "1"}, "start_epoch": 4})

    assert (again.status_code, again.json()["start_epoch"], again.json()["labels"]) == (200, 0, {})


def test_another_run_of_that_name_is_told_the_difference(run: Run) -> None:
    other = run.http.put(run.at, json={"schedule": STEP | {"gamma": 0.1}, "unit": "step"})

    assert problem(other) == Problem(409, "run-exists-differs", ["/max_lookahead", "/schedule", "/unit"])
    assert other.json()["errors"][0]["detail"] == "is 1 in the run that is there"


@pytest.mark.parametrize("name", ["%2e%2e", "a%00b", "a" * 129, "a%0a", "-a", "a%20b", "%C3%A9", ".a", "_a", "a~"])
@pytest.mark.parametrize("address", ["/v1/runs/{}", "/v1/runs/{}/lr?epoch=0", "/v1/runs/r/workers/{}"])
def test_a_name_that_is_none_is_refused(name: str, address: str, http: httpx.Client) -> None:
    request = http.build_request("GET" if "workers" not in address else "DELETE", "/")
    request.url = request.url.copy_with(raw_path=address.format(name).encode())

    refused = http.send(request)

    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/worker" if "workers" in address else "/run"]


def test_a_name_of_128_characters_is_one(http: httpx.Client) -> None:
    assert Run(http, "a" * 128).created.status_code == 201


@pytest.mark.parametrize("name", ["a%2fb", "..%2f.."])
def test_a_name_with_a_slash_leads_nowhere(name: str, http: httpx.Client) -> None:
    request = http.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=f"/v1/runs/{name}".encode())

    assert http.send(request).status_code == 404


def test_a_run_that_is_not_there_is_404_and_says_how_to_create_it(http: httpx.Client) -> None:
    missing = http.get("/v1/runs/Nobody")

    assert problem(missing) == Problem(404, "not-found")
    assert missing.json()["detail"].startswith("There is no run Nobody: PUT /v1/runs/Nobody creates it.")


PLATEAU = ["/plateau/patience", "/plateau/rate"]


@pytest.mark.parametrize(
    ("body", "code", "pointers"),
    [
        ({}, "invalid-schedule", ["/schedule"]),
        ({"schedule": STEP | {"gamma": "0.5"}}, "invalid-schedule", ["/schedule/gamma"]),
        ({"schedule": STEP, "worker": 3}, "invalid-request", ["/worker"]),
        ({"schedule": STEP, "workers": True}, "invalid-request", ["/workers"]),
        ({"schedule": STEP, "progress": "slowest"}, "invalid-request", ["/workers"]),
        ({"schedule": STEP, "groups": {"a b": STEP}}, "invalid-request", ["/groups/a b"]),
        ({"schedule": STEP, "plateau": {"patience": -1, "rate": 1}}, "invalid-request", PLATEAU),
        ({"schedule": STEP, "plateau": {"variant": "keras", "patience": -1, "rate": 1}}, "invalid-request", PLATEAU),
        ({"schedule": STEP, "plateau": {"variant": "greedy"}}, "invalid-request", ["/plateau"]),
        ({"schedule": STEP, "bounds": {"max_lr": 0.01}}, "out-of-bounds", []),
        ({"schedule": STEP, "start_epoch": 1.0}, "invalid-request", ["/start_epoch"]),
        ({"schedule": {"kind": "exponential", "initial_lr": 1, "gamma": 10}}, "invalid-schedule", ["/schedule/gamma"]),
    ],
)
def test_a_run_that_can_not_be_is_refused_with_a_pointer(
    body: dict[str, Any], code: str, pointers: list[str], http: httpx.Client
) -> None:
    assert problem(http.put("/v1/runs/never", json=body)) == Problem(422, code, pointers)


def test_the_list_is_by_label_and_page_and_newest_first(new: Create) -> None:
    runs = [new(labels={"team": "list", "n": str(n)}) for n in range(3)]
    names = [run.at.removeprefix("/v1/runs/") for run in reversed(runs)]
    http = runs[0].http

    first = http.get("/v1/runs?label=team:list&limit=2").json()
    second = http.get("/v1/runs", params={"label": "team:list", "limit": 2, "after": first["next"]}).json()

    assert [run["run"] for run in first["runs"] + second["runs"]] == names
    assert second["next"] is None
    assert [run["run"] for run in http.get("/v1/runs?label=team:list,n:1").json()["runs"]] == names[1:2]


@pytest.mark.parametrize("query", ["label=team", "limit=0", "limit=1001", "limit=+1", "after=zzz", "state=gone"])
def test_a_list_that_can_not_be_asked_for_points_at_the_parameter(query: str, http: httpx.Client) -> None:
    refused = problem(http.get(f"/v1/runs?{query}"))

    assert (refused.status, refused.pointers) == (422, [f"/{query.partition('=')[0]}"])


def test_a_finished_run_answers_what_is_sealed_and_an_attempt_reopens_it(run: Run) -> None:
    run.check_in("a", 0)

    finished = run.http.patch(run.at, json={"state": "finished"})

    assert finished.json()["state"] == "finished"
    assert run.check_in("b", 0).json()["lr"] == 0.1
    assert problem(run.check_in("a", 1)) == Problem(409, "run-finished")
    assert problem(run.change("hold")) == Problem(409, "run-finished")
    assert run.attempt(1).status_code == 201
    assert run.check_in("a", 1, attempt=2).json()["state"] == "running"


def test_a_window_across_the_frontier_of_a_finished_run_is_cut_there(run: Run) -> None:
    run.check_in("a", 0)
    run.http.patch(run.at, json={"state": "finished"})

    answer = run.check_in("b", 0, lookahead=1).json()

    assert (answer["grant"]["stop"], answer["state"]) == (1, "finished")


def test_an_archived_run_is_read_only_and_not_in_the_list(new: Create) -> None:
    run = new(labels={"team": "archive"})
    run.check_in("a", 0)

    run.http.patch(run.at, json={"state": "archived"})

    assert run.http.get("/v1/runs?label=team:archive").json()["runs"] == []
    assert len(run.http.get("/v1/runs?label=team:archive&state=archived").json()["runs"]) == 1
    assert run.get("/lr?epoch=0").json()["sealed"] is True
    assert problem(run.attempt(0)) == Problem(409, "run-archived")
    assert problem(run.http.patch(run.at, json={"labels": {}})) == Problem(409, "run-archived")


def test_a_patch_of_nothing_is_refused(run: Run) -> None:
    assert problem(run.http.patch(run.at, json={})) == Problem(422, "invalid-request", ["/state"])


def test_there_is_no_delete(run: Run) -> None:
    refused = run.http.delete(run.at)

    assert problem(refused) == Problem(405, "method-not-allowed")
    assert refused.headers["allow"] == "GET, HEAD, PATCH, PUT"
