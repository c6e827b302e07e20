"""The application: the documented routes, and the door around them."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import Response
from prometheus_client.registry import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from setpoint import __version__
from setpoint.api import problems, service, stateless
from setpoint.api.front import Front
from setpoint.api.guard import LOOPBACK, Guard
from setpoint.api.known import Answers, Known
from setpoint.api.strict import refused_parameters
from setpoint.api.tally import Tally
from setpoint.errors import MethodNotAllowed, NotFound, SetpointError, TurnedAway, Unexpected
from setpoint.settings import Settings

SUMMARY = "The learning-rate service"
_ANSWERS_AT = "/v1/lr"


def build(settings: Settings) -> Front:
    """What a server runs: the guard, the answers that are known, the routes."""
    app = documented()
    tally, answers = Tally(), Answers(_ANSWERS_AT)
    app.state.answers = answers
    app.state.metrics = CollectorRegistry()
    app.state.metrics.register(tally)
    known = (Known(_ANSWERS_AT, _ANSWERS_AT, answers.lookup),)
    return Front(app, Guard(hosts(settings)), known, tally)


def hosts(settings: Settings) -> frozenset[str] | None:
    """The names that the service goes by; None where other machines have their own names for it."""
    return LOOPBACK | {settings.host} if settings.loopback else None


def documented() -> FastAPI:
    """The routes alone, as /openapi.json describes them."""
    app = FastAPI(
        title="Setpoint", summary=SUMMARY, version=__version__, openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    for router in (stateless.flat, stateless.router, service.router, service.hidden):
        app.router.routes.extend(router.routes)
    app.mount("/docs/files", service.files())
    app.add_exception_handler(SetpointError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, SetpointError)
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
