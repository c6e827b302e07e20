"""The service about itself: health, what runs here, metrics, documentation."""

import platform
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.requests import Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from setpoint import __version__
from setpoint.api import explained, openapi, replies
from setpoint.api.openapi import answered
from setpoint.api.replies import Reply
from setpoint.api.shapes import Health, Info
from setpoint.api.standing import Standing
from setpoint.api.strict import StrictRoute
from setpoint.errors import NotFound

router = APIRouter(route_class=StrictRoute, tags=["service"])
hidden = APIRouter(route_class=StrictRoute, include_in_schema=False)

_WELL = replies.of(orjson.dumps({"status": "ok"}), headers=[(b"cache-control", b"no-store")])


@router.get("/livez", operation_id="livez", responses=answered(Health, "It does."))
async def livez() -> Response:
    """Whether the process answers."""
    return _WELL


@router.get("/readyz", operation_id="readyz", responses=answered(Health, "It may."))
async def readyz(request: Request) -> Response:
    """Whether it may be sent requests: not while it shuts down, finds no room, or its database does not answer."""
    standing = _standing(request)
    refusal = standing.refusal() or await standing.unreached()
    if refusal is not None:
        raise refusal
    return _WELL


@router.get("/v1/info", operation_id="get_info", responses=answered(Info, "What runs here."))
async def get_info(request: Request) -> Response:
    """What runs here, and where it keeps what must last."""
    journal = _standing(request).journal
    return replies.json(
        {
            "name": "setpoint",
            "version": __version__,
            "python": platform.python_version(),
            "engine": None if journal is None else journal.engine,
            "durability": None if journal is None else journal.durability,
            "durability_settings": {} if journal is None else dict(journal.settings),
            "incarnation": None if journal is None else journal.incarnation,
            "auth": request.app.state.auth,
        }
    )


@router.get("/metrics", operation_id="get_metrics", response_class=PlainTextResponse)
async def get_metrics(request: Request) -> Response:
    """Counters for Prometheus."""
    from prometheus_client.exposition import generate_latest
    from prometheus_client.registry import CollectorRegistry

    registry = CollectorRegistry()
    registry.register(request.app.state.tally)
    registry.register(_standing(request))
    return replies.of(generate_latest(registry), "text/plain; version=0.0.4")


def _standing(request: Request) -> Standing:
    found: Standing = request.app.state.standing
    return found


@hidden.get("/openapi.json")
async def get_openapi(request: Request) -> Response:
    return replies.unless_had(_openapi(request.app), request.headers.get("if-none-match"))


@cache
def _openapi(app: FastAPI) -> Reply:
    return replies.lasting(orjson.dumps(openapi.document(app)))


@hidden.get("/problems")
async def explain_all(request: Request) -> Response:
    """Every problem that may be answered."""
    return replies.unless_had(explained.every(_accepted(request)), request.headers.get("if-none-match"))


@hidden.get("/problems/{code}")
async def explain(request: Request, code: str) -> Response:
    """What a problem's `type` is about."""
    kind = explained.catalogue().get(code)
    if kind is None:
        raise NotFound("there is no such problem: GET /problems lists them")
    return replies.unless_had(explained.one(kind, _accepted(request)), request.headers.get("if-none-match"))


def _accepted(request: Request) -> str:
    return request.headers.get("accept", "")


@hidden.get("/")
async def home() -> Response:
    return RedirectResponse("/docs")


_DOCS = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Setpoint {__version__}</title>
<link rel="icon" href="/docs/files/favicon.png">
<link rel="stylesheet" href="/docs/files/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/docs/files/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
});
"""
_ONLY_OURS = [
    (
        b"content-security-policy",
        b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
]


@hidden.get("/docs")
async def docs() -> Response:
    return replies.of(_DOCS.encode(), "text/html", headers=_ONLY_OURS)


@hidden.get("/docs/start.js")
async def start() -> Response:
    return replies.of(_START.encode(), "text/javascript", headers=_ONLY_OURS)


def files() -> StaticFiles:
    """The files of the documentation's pages, which come with fastapi-offline: nothing is asked of another host."""
    found = find_spec("fastapi_offline")
    assert found is not None
    assert found.origin is not None
    return StaticFiles(directory=Path(found.origin).with_name("static"))
