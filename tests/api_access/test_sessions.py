"""Sessions of browsers: from a token or a one-time link to a cookie, and back."""

from collections.abc import Callable

import httpx
import pytest

from tests.api.service import code
from tests.api_access.guarded import Guarded, Holder

Make = Callable[..., Holder]
SCALE = {"op": "scale", "factor": 0.5, "reason": "a test"}


def signed_in(http: httpx.Client, secret: str) -> dict[str, str]:
    answer = http.post("/v1/session", json={"secret": secret})
    assert answer.status_code == 201
    http.cookies.clear()
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


def linked(holder: Holder) -> str:
    path, _, secret = holder.post("/v1/links").json()["path"].partition("#")
    assert path == "/sign-in"
    return str(secret)


def test_a_token_becomes_a_cookie_that_no_script_and_no_other_site_can_use(service: Guarded, admin: Holder) -> None:
    answer = service.http.post("/v1/session", json={"secret": admin.secret})
    service.http.cookies.clear()

    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith(f"setpoint-{service.process.port}=sp_")
    assert admin.secret not in name
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {*attributes}
    assert answer.json()["name"] == "admin"


def test_a_link_signs_in_once(http: httpx.Client, made: Make) -> None:
    holder = made("operator")
    secret = linked(holder)

    cookie = signed_in(http, secret)
    again = http.post("/v1/session", json={"secret": secret})

    assert http.get("/v1/session", headers=cookie).json()["name"] == holder.told["name"]
    assert again.status_code in (401, 429)


def test_a_session_may_what_its_token_may(http: httpx.Client, made: Make, run: str) -> None:
    reader, elsewhere = (signed_in(http, made("reader", *runs).secret) for runs in ((), ("mine-*",)))

    assert http.get(f"/v1/runs/{run}", headers=reader).status_code == 200
    assert http.get(f"/v1/runs/{run}", headers=elsewhere).status_code == 404
    assert http.get("/v1/tokens", headers=reader).status_code == 403


def test_a_session_writes_from_the_services_own_pages_only(http: httpx.Client, made: Make, run: str) -> None:
    cookie, own = signed_in(http, made("operator").secret), f"http://{http.base_url.netloc.decode()}"

    def change(**headers: str) -> httpx.Response:
        return http.post(f"/v1/runs/{run}/changes", json=SCALE, headers=cookie | {"If-Match": "*"} | headers)

    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert (change(**headers).status_code, code(change(**headers))) == (403, "origin-refused")
    assert change(Origin=own).status_code == 201


def test_who_signs_out_is_out(http: httpx.Client, made: Make) -> None:
    cookie, own = signed_in(http, made("reader").secret), f"http://{http.base_url.netloc.decode()}"
    assert http.get("/v1/session", headers=cookie).status_code == 200

    answer = http.delete("/v1/session", headers=cookie | {"Origin": own})

    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert http.get("/v1/session", headers=cookie).status_code == 401


@pytest.mark.parametrize("secret", ["", "sp_wrong", "x" * 1001])
def test_what_is_no_secret_begins_no_session(http: httpx.Client, secret: str) -> None:
    assert http.post("/v1/session", json={"secret": secret}).status_code in (401, 422, 429)


def test_a_session_and_a_link_are_no_tokens(http: httpx.Client, made: Make) -> None:
    holder = made("reader")
    session = signed_in(http, holder.secret)["Cookie"].partition("=")[2]

    for secret in (session, linked(holder)):
        assert http.get("/v1/runs", headers={"Authorization": f"Bearer {secret}"}).status_code in (401, 429)
    assert http.get("/v1/runs", headers={"Cookie": f"setpoint-{http.base_url.port}={holder.secret}"}).status_code == 401


def test_a_cookie_of_another_service_on_this_machine_is_not_taken_for_ours(http: httpx.Client, made: Make) -> None:
    value = signed_in(http, made("reader").secret)["Cookie"].partition("=")[2]

    for cookie in (f"setpoint-1={value}", f"setpoint={value}", "setpoint", '="', f"setpoint-{http.base_url.port}="):
        assert http.get("/v1/runs", headers={"Cookie": cookie}).status_code == 401


def test_tokens_and_sessions_do_not_stand_in_for_each_other(http: httpx.Client, made: Make, admin: Holder) -> None:
    holder = made("reader")
    cookie, own = signed_in(http, holder.secret), f"http://{http.base_url.netloc.decode()}"

    assert holder.delete("/v1/session").status_code == 403
    assert http.post("/v1/links", headers=cookie | {"Origin": own}).status_code == 403
