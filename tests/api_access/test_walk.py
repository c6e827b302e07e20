"""A walk over every route and method: each is on the short list of public ones, or refuses without a token."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, Route

from setpoint.access.rule import place
from setpoint.access.scope import Scope
from setpoint.api.app import build
from setpoint.dashboard import pages
from setpoint.settings import Settings
from tests.api.service import Service, code

PUBLIC = {
    "GET /v1/lr", "POST /v1/lr", "GET /v1/schedule", "POST /v1/schedule", "POST /v1/simulations", "GET /v1/kinds",
    "POST /v1/imports", "POST /v1/exports",
    "GET /livez", "GET /readyz",
    "GET /openapi.json", "GET /docs", "GET /docs/start.js", "GET /docs/files/{path}",
    "GET /problems", "GET /problems/{code}",
    "GET /", "GET /designer", "GET /sign-in",
    "POST /v1/session",
}  # fmt: skip
"""Stateless, health, documentation, pages (and their files under /static), and signing in."""

front = build(Settings(auth=True), pages=pages.routes())
service = Service(front)
OTHERS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


def operations(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield "GET", f"{route.path}/{{path}}"
        else:
            assert isinstance(route, Route)
            yield from ((method, route.path) for method in sorted(route.methods or ()) if method != "HEAD")


def app() -> FastAPI:
    assert isinstance(front.app, FastAPI)
    return front.app


WALK = sorted(set(operations(app().router.routes)))


def is_public(method: str, template: str) -> bool:
    return f"{method} {template}" in PUBLIC or (method == "GET" and template.startswith("/static/"))


def test_the_walk_meets_every_public_operation() -> None:
    assert {f"{method} {template}" for method, template in WALK} >= PUBLIC


@pytest.mark.parametrize(("method", "template"), WALK)
def test_each_operation_says_what_it_needs(method: str, template: str) -> None:
    needs = place(template).needs

    assert method in needs, "say it in access/rule.py"
    assert (needs[method] is None) == is_public(method, template)


@pytest.mark.parametrize("template", sorted({template for _, template in WALK}))
@pytest.mark.parametrize("method", OTHERS)
def test_what_is_not_public_refuses_without_a_token_whatever_the_method(method: str, template: str) -> None:
    answer = service.ask(method, template.replace("{", "").replace("}", ""))

    if is_public("GET" if method == "HEAD" else method, template):
        assert answer.status_code != 401
    else:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="setpoint"'
        assert method == "HEAD" or code(answer) == "unauthorized"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing", "/v1/runs/", "/v1//runs", "/V1/runs", "/v1/runs/a/", "/v1/runs/a/lr/", "/v1/runs/a/lr\n",
        "//v1/lr", "/v1/lr/", "/v1/lr/../runs", "/static", "/v1/lr%00", "/v1/kinds/..%2fruns", "/livez/x",
        "/docs/files", "/.env",
    ],
)  # fmt: skip
def test_an_address_that_is_none_refuses_too(path: str) -> None:
    address = path.replace("\n", "%0A")

    assert service.get(address).status_code == 401


def test_a_route_that_nobody_has_classified_is_refused_to_all() -> None:
    assert "GET" not in place("/v1/secrets").needs
    assert place("/v1/secrets").run is None


@pytest.mark.parametrize(
    ("method", "template", "scope"),
    [
        ("GET", "/v1/runs/{run}", Scope.READER),
        ("GET", "/metrics", Scope.READER),
        ("PUT", "/v1/runs/{run}/workers/{worker}", Scope.WORKER),
        ("POST", "/v1/runs/{run}/changes", Scope.OPERATOR),
        ("POST", "/v1/tokens", Scope.ADMIN),
    ],
)
def test_an_operation_needs_the_least_scope_that_does_its_work(method: str, template: str, scope: Scope) -> None:
    assert place(template).needs[method] is scope
