"""Sessions of browsers: a token or a one-time link becomes a cookie, which no script and no other site can use."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.requests import Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from setpoint.access.scope import Scope
from setpoint.access.token import EVERY_RUN
from setpoint.api import replies
from setpoint.api.asking import actor, tokens_of, who
from setpoint.api.cookie import begun
from setpoint.api.gate import Gate, address
from setpoint.api.guard import Seen
from setpoint.api.openapi import answered, made
from setpoint.api.strict import StrictRoute
from setpoint.coordination.tokens import SESSION_SECONDS
from setpoint.errors import Forbidden, Unauthorized
from setpoint.schedules.spec import Model
from setpoint.wire import session as wire
from setpoint.wire.session import LinkAnswer, SessionAnswer

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["access"])

SIGN_IN = "/sign-in"


class SessionQuestion(Model):
    """Who signs in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"secret": "sp_..."}]})

    secret: Annotated[str, Field(min_length=1, max_length=1000, strict=True)]
    """A token, or what a one-time link carries after its `#`."""


@router.post(
    "/session",
    operation_id="sign_in",
    status_code=201,
    responses=made(SessionAnswer, "Signed in: the cookie is set."),
)
async def sign_in(request: Request, question: SessionQuestion) -> Response:
    """Begin a session. A one-time link is used up by it."""
    tokens = tokens_of(request)
    try:
        token, secret = await tokens.begin(question.secret, address(request.scope))
    except Unauthorized:
        _gate(request).failures.add(address(request.scope))
        raise
    return _told(wire.answer(token), 201, begun(_seen(request), secret, SESSION_SECONDS, secure=_secure(request)))


@router.get("/session", operation_id="get_session", responses=answered(SessionAnswer, "Who asks."))
async def show(request: Request) -> Response:
    """Who asks, and what they may. Where no token is asked for: nobody in particular, everything."""
    token = who(request.scope)
    if token is None:
        nobody = SessionAnswer(name=None, scope=Scope.ADMIN.word, runs=[EVERY_RUN], expires_at=None)
        return replies.json(nobody, headers=[replies.UNKEPT])
    return replies.json(wire.answer(token), headers=[replies.UNKEPT])


@router.delete("/session", operation_id="sign_out", responses=answered(SessionAnswer, "Signed out: whose it was."))
async def sign_out(request: Request) -> Response:
    """End the session that the cookie is of, on every replica."""
    tokens, token = tokens_of(request), who(request.scope)
    assert token is not None, "tokens are asked for here"
    if token.use != "session":
        raise Forbidden("a token is revoked, not signed out: DELETE /v1/tokens/{token}")
    await tokens.revoke(token.id, actor(request.scope), "signed out")
    return _told(wire.answer(token), 200, begun(_seen(request), "", 0, secure=_secure(request)))


@router.post(
    "/links",
    operation_id="create_link",
    status_code=201,
    responses=made(LinkAnswer, "The link."),
)
async def create_link(request: Request) -> Response:
    """A link that opens the pages, once and soon, with what the token may. Its secret is never sent in an address."""
    tokens, token = tokens_of(request), who(request.scope)
    assert token is not None, "tokens are asked for here"
    if token.use != "token":
        raise Forbidden("a session makes no links: show a token")
    link, secret = await tokens.link(token, actor(request.scope))
    return replies.json(
        {"path": f"{SIGN_IN}#{secret}", "expires_at": link.expires_at}, status=201, headers=[replies.UNKEPT]
    )


def _gate(request: Request) -> Gate:
    found: Gate = request.app.state.gate
    return found


def _seen(request: Request) -> Seen:
    seen: Seen = request.scope["setpoint.seen"]
    return seen


def _secure(request: Request) -> bool:
    """Whether the browser speaks TLS, to this process or to a proxy that is trusted."""
    return request.url.scheme == "https"


def _told(session: SessionAnswer, status: int, cookie: bytes) -> Response:
    return replies.json(session, status=status, headers=[replies.UNKEPT, (b"set-cookie", cookie)])
