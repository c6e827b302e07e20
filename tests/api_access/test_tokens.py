"""Tokens over HTTP: what each may do, on which runs, until when; and what nobody is ever told."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.api.service import code
from tests.api_access.guarded import ANY_PLAN, Guarded, Holder

CONSTANT = {"schedule": {"kind": "constant", "initial_lr": 0.1}}
SCALE = {"op": "scale", "factor": 0.5, "reason": "a test"}
SCOPES = ("reader", "worker", "operator", "admin")
Make = Callable[..., Holder]


@pytest.mark.parametrize(
    ("method", "address", "body", "least"),
    [
        ("GET", "/v1/runs", None, "reader"),
        ("GET", "/v1/info", None, "reader"),
        ("GET", "/metrics", None, "reader"),
        ("GET", "/v1/runs/{run}/lr?epoch=0", None, "reader"),
        ("GET", "/v1/runs/{run}/changes", None, "reader"),
        ("PUT", "/v1/runs/{run}", CONSTANT, "worker"),
        ("PUT", "/v1/runs/{run}/workers/rank0", {"epoch": 0}, "worker"),
        ("PUT", "/v1/runs/{run}/lr?epoch=0", None, "worker"),
        ("PATCH", "/v1/runs/{run}", {"state": "finished"}, "worker"),
        ("POST", "/v1/runs/{run}/attempts", {"from_epoch": 0}, "worker"),
        ("PATCH", "/v1/runs/{run}", {"labels": {"team": "x"}}, "operator"),
        ("PATCH", "/v1/runs/{run}", {"state": "archived"}, "operator"),
        ("POST", "/v1/runs/{run}/attempts", {"from_epoch": 0, "keep": "nothing"}, "operator"),
        ("POST", "/v1/runs/{run}/attempts", {"from_epoch": 0, "changes": [SCALE]}, "operator"),
        ("POST", "/v1/runs/{run}/changes", SCALE, "operator"),
        ("GET", "/v1/tokens", None, "admin"),
    ],
)
def test_an_operation_is_for_its_scope_and_those_above(
    made: Make, run: str, method: str, address: str, body: object, least: str
) -> None:
    for scope in SCOPES:
        answer = made(scope).ask(method, address.format(run=run), body, **ANY_PLAN)

        if SCOPES.index(scope) < SCOPES.index(least):
            assert (answer.status_code, code(answer)) == (403, "forbidden")
            assert "needs the scope" in answer.json()["detail"]
        else:
            assert answer.status_code in (200, 201)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer sp_wrong", "Basic YTpi", "sp_wrong", "bearer  x y"])
def test_what_is_no_token_lets_nobody_in(service: Guarded, header: str) -> None:
    answer = service.http.get("/v1/runs", headers={"Authorization": header})

    assert answer.status_code in (401, 429)


def test_the_scheme_of_a_token_may_be_in_any_case(http: httpx.Client, admin: Holder) -> None:
    assert http.get("/v1/runs", headers={"Authorization": f"bearer {admin.secret}"}).status_code == 200


def test_a_token_in_the_address_is_no_token(http: httpx.Client, admin: Holder) -> None:
    for name in ("token", "access_token", "secret"):
        assert http.get(f"/v1/runs?{name}={admin.secret}").status_code == 401


def test_a_run_that_a_token_is_not_for_looks_like_one_that_is_not_there(made: Make, admin: Holder, run: str) -> None:
    holder = made("operator", "mine-*")
    asked = [
        ("GET", "/v1/runs/{}", None),
        ("GET", "/v1/runs/{}/lr?epoch=0", None),
        ("GET", "/v1/runs/{}/events", None),
        ("PUT", "/v1/runs/{}/workers/rank0", {"epoch": 0}),
        ("PATCH", "/v1/runs/{}", {"state": "finished"}),
        ("POST", "/v1/runs/{}/changes", SCALE),
        ("DELETE", "/v1/runs/{}/workers/rank0", None),
    ]

    for method, address, body in asked:
        theirs = holder.ask(method, address.format(run), body, **ANY_PLAN)
        nobodys = holder.ask(method, address.format("mine-nothing"), body, **ANY_PLAN)

        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.text.replace(run, "?") == nobodys.text.replace("mine-nothing", "?")
        assert theirs.headers.keys() == nobodys.headers.keys()


def test_a_name_that_a_token_is_not_for_can_not_be_taken_and_tells_nothing(made: Make, run: str) -> None:
    holder = made("worker", "mine-*")

    there, nowhere = holder.put(f"/v1/runs/{run}", CONSTANT), holder.put("/v1/runs/nothing", CONSTANT)

    assert there.status_code == nowhere.status_code == 403
    assert there.text == nowhere.text
    assert holder.put(f"/v1/runs/mine-{run}", CONSTANT).status_code == 201


def test_the_list_is_of_the_runs_that_a_token_is_for(made: Make, admin: Holder, run: str) -> None:
    for i in range(3):
        admin.put(f"/v1/runs/{run}-mine-{i}", CONSTANT)
    holder = made("reader", f"{run}-mine-*")

    first = holder.get("/v1/runs?limit=2").json()
    second = holder.get(f"/v1/runs?limit=2&after={first['next']}").json()

    assert [each["run"] for each in first["runs"]] == [f"{run}-mine-2", f"{run}-mine-1"]
    assert [each["run"] for each in second["runs"]] == [f"{run}-mine-0"]
    assert second["next"] is None


def test_events_of_all_runs_are_of_those_that_a_token_is_for(
    service: Guarded, made: Make, admin: Holder, run: str
) -> None:
    holder = made("reader", f"{run}-mine")
    with service.http.stream("GET", "/v1/events", headers=holder.headers) as stream:
        for name in (f"{run}-theirs", f"{run}-mine"):
            admin.put(f"/v1/runs/{name}", CONSTANT)

        told = next(json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))

    assert told["run"] == f"{run}-mine"


def test_a_revoked_token_ends_at_once_here_and_so_do_its_sessions(service: Guarded, made: Make, admin: Holder) -> None:
    holder = made("operator")
    session = service.http.post("/v1/session", json={"secret": holder.secret}).headers["set-cookie"].partition(";")[0]
    assert holder.get("/v1/runs").status_code == 200
    assert service.http.get("/v1/runs", headers={"Cookie": session}).status_code == 200

    revoked = admin.delete(f"/v1/tokens/{holder.told['token']}")

    assert revoked.json()["active"] is False
    assert holder.get("/v1/runs").status_code == 401
    assert service.http.get("/v1/runs", headers={"Cookie": session}).status_code == 401


def test_a_token_that_was_revoked_stays_as_it_was_revoked(made: Make, admin: Holder) -> None:
    address = f"/v1/tokens/{made('reader').told['token']}"

    assert admin.delete(address).json() == admin.delete(address).json()
    assert admin.delete("/v1/tokens/tk_0123456789abcdef").status_code == 404


def test_a_token_expires(made: Make) -> None:
    holder = made("reader", expires_in_seconds=1)
    assert holder.get("/v1/runs").status_code == 200

    deadline = time.monotonic() + 20
    while holder.get("/v1/runs").status_code == 200:
        assert time.monotonic() < deadline


def test_a_name_is_that_of_one_token_at_a_time(service: Guarded, made: Make, admin: Holder) -> None:
    holder = made("reader")
    body = {"name": holder.told["name"], "scope": "reader"}

    answer = admin.post("/v1/tokens", body)
    assert (answer.status_code, code(answer)) == (409, "token-exists")

    admin.delete(f"/v1/tokens/{holder.told['token']}")
    assert admin.post("/v1/tokens", body).status_code == 201


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x", "scope": "root"}, "/scope"),
        ({"name": "x y", "scope": "reader"}, "/name"),
        ({"name": "x", "scope": "reader", "runs": []}, "/runs"),
        ({"name": "x", "scope": "reader", "runs": ["[a]"]}, "/runs/0"),
        ({"name": "x", "scope": "reader", "expires_in_seconds": 0}, "/expires_in_seconds"),
        ({"name": "x", "scope": "reader", "expires_in_seconds": True}, "/expires_in_seconds"),
    ],
)
def test_a_token_that_can_not_be_meant_is_refused(admin: Holder, body: object, pointer: str) -> None:
    answer = admin.post("/v1/tokens", body)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_the_log_says_who_it_was_and_from_where(made: Make, run: str) -> None:
    holder = made("operator")

    change = holder.post(f"/v1/runs/{run}/changes", SCALE).json()

    assert change["actor"] == f"{holder.told['name']}@127.0.0.1"


def test_no_secret_is_kept_or_told_again(made: Make, admin: Holder, folder: Path) -> None:
    secret = made("reader").secret

    assert secret not in admin.get("/v1/tokens").text
    written = b"".join(path.read_bytes() for path in folder.iterdir() if path.name != "token")
    assert b"token-created" in written
    assert secret.removeprefix("sp_").encode() not in written
    assert admin.secret.removeprefix("sp_").encode() not in written


def test_the_first_admins_token_is_for_its_user_alone(folder: Path) -> None:
    assert (folder / "token").stat().st_mode & 0o777 == 0o600


def test_what_is_public_needs_no_token_and_minds_no_wrong_one(http: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": "setpoint=wrong"}):
        for address in ("/v1/lr?kind=constant&initial_lr=0.1&epoch=3", "/livez", "/docs", "/openapi.json", "/"):
            assert http.get(address, headers=headers).status_code == 200


def test_it_is_told_whether_tokens_are_asked_for(admin: Holder) -> None:
    assert admin.get("/v1/info").json()["auth"] == "tokens"
