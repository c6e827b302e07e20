"""The application: the documented routes, and the door around them."""

from collections.abc import Sequence
from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import Response
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route

from setpoint import __version__
from setpoint.api import changes, events, lrs, plans, problems, runs, service, session, stateless, workers
from setpoint.api import tokens as tokens_
from setpoint.api.checkins import CheckIns
from setpoint.api.front import Front
from setpoint.api.gate import Gate
from setpoint.api.guard import Guard
from setpoint.api.known import Answers, Known
from setpoint.api.leases import Leases
from setpoint.api.lifespan import Opened, Opener, OpensTokens, runs_of
from setpoint.api.lrs import RUNS_AT, Hot
from setpoint.api.requests import Requests
from setpoint.api.standing import Standing
from setpoint.api.strict import refused_parameters
from setpoint.api.tally import Tally
from setpoint.errors import MethodNotAllowed, NotFound, SetpointError, TurnedAway, Unexpected
from setpoint.settings import Settings

SUMMARY = "The learning-rate service"
_ANSWERS_AT = "/v1/lr"
_UNTRACED: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""The framework's own traces know half of the requests, and tell their queries."""


def build(
    settings: Settings,
    journal: Opener | None = None,
    pages: Sequence[BaseRoute] = (),
    tokens: OpensTokens | None = None,
    requests: Requests | None = None,
) -> Front:
    """What a server runs: the guard, the answers that are known, the routes; without a journal, no runs.

    `tokens` has those that are let in, where a token is asked for: by the settings, and of all. `requests` hears of
    those that are answered.
    """
    app = documented()
    app.router.routes[:0] = pages
    hot, standing, gate = Hot(), Standing(), Gate() if settings.asks_for_tokens else None
    check_ins = CheckIns(app, standing)
    if journal is not None:
        app.router.lifespan_context = partial(runs_of, Opened(journal, tokens, gate), (hot, check_ins), standing)
    app.state.standing, app.state.gate, app.state.auth = standing, gate, settings.auth_mode
    if gate is not None:
        standing.auth_failures = lambda: gate.failures.count
    app.state.leases = Leases()
    tally, answers = Tally(), Answers(_ANSWERS_AT, stateless.lr_at_once)
    app.state.tally = tally
    known = (Known(RUNS_AT, "/v1/runs/{run}/lr", hot.lookup), Known(_ANSWERS_AT, _ANSWERS_AT, answers.lookup))
    requests = requests or Requests(every=settings.access_log)
    return Front(app, Guard(settings.names), known, tally, standing, check_ins, gate, requests)


ROUTERS = (
    stateless.flat, stateless.router, runs.router, lrs.router, workers.router, changes.router, plans.router,
    events.router, tokens_.router, session.router, service.router, service.hidden,
)  # fmt: skip


def documented() -> FastAPI:
    """The routes alone, as /openapi.json describes them."""
    app = FastAPI(
        title="Setpoint", summary=SUMMARY, version=__version__, openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False, telemetry=_UNTRACED,
    )  # fmt: skip
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    app.mount("/docs/files", service.files())
    app.add_exception_handler(SetpointError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, SetpointError)
    request.app.state.standing.refused(error)
    return problems.reply(error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problems.reply(refused_parameters(error.errors()))


async def _unexpected(request: Request, error: Exception) -> Response:
    """The door logs it: it is raised again after this."""
    return problems.reply(Unexpected("this request could not be answered"))


async def _http(request: Request, error: Exception) -> Response:
    """What the framework itself finds: an address or a method that isn't there."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allow = methods(request)
        return problems.reply(MethodNotAllowed(f"{request.method} is not for {request.url.path}", allow=allow))
    if error.status_code == 404:
        return problems.reply(NotFound(f"nothing is at {request.url.path}"))
    return problems.reply(TurnedAway(error.detail) if error.status_code < 500 else Unexpected(error.detail))


def methods(request: Request) -> list[str]:
    """The methods that the address takes: those of all of its routes; a file's are none of theirs."""
    found = set[str]()
    for route in request.app.router.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] != Match.NONE:
            found |= route.methods or set()
    return sorted(found | {"GET", "HEAD"} if "GET" in found or not found else found)
