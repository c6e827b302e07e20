"""Tokens: made, listed and taken back by an admin."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.requests import Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from setpoint.access.issue import Wish
from setpoint.access.scope import WORDS, scope
from setpoint.access.token import EVERY_RUN
from setpoint.api import replies
from setpoint.api.asking import actor, tokens_of
from setpoint.api.clock import later, utc
from setpoint.api.openapi import answered, made
from setpoint.api.strict import StrictRoute
from setpoint.runs.name import Name
from setpoint.schedules.spec import Model
from setpoint.wire import token as wire
from setpoint.wire.token import TokenAnswer, TokenList, TokenMade

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["access"])

MOST_SECONDS = 10 * 366 * 24 * 3600
Glob = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9._*?-]{1,128}\z", json_schema_extra={"pattern": r"^[A-Za-z0-9._*?-]{1,128}$"})
]


class TokenQuestion(Model):
    """A token to make."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "trainer", "scope": "worker", "runs": ["resnet*"]}]}
    )

    name: Name
    """Whose it is: the log says so of all that is done with it."""
    scope: Annotated[str, Field(json_schema_extra={"enum": [*WORDS]}, pattern="^(?:" + "|".join(WORDS) + r")\z")]
    """reader looks, worker trains, operator changes, admin makes tokens; each may do what those before it may."""
    runs: Annotated[tuple[Glob, ...], Field(min_length=1, max_length=64)] = (EVERY_RUN,)
    """The runs that it is for: names, in which `*` stands for any characters and `?` for one."""
    expires_in_seconds: Annotated[int, Field(ge=1, le=MOST_SECONDS, strict=True)] | None = None
    """How long it counts; until it is revoked, where this is left out."""


@router.post(
    "/tokens",
    operation_id="create_token",
    status_code=201,
    responses=made(TokenMade, "The token, and its secret."),
)
async def create(request: Request, question: TokenQuestion) -> Response:
    """Make a token. Its secret is told here and nowhere else: what is kept is a fingerprint."""
    seconds = question.expires_in_seconds
    wish = Wish(question.name, scope(question.scope), question.runs, None if seconds is None else later(seconds))
    token, secret = await tokens_of(request).create(wish, actor(request.scope))
    return replies.json(wire.made(token, secret, utc()), status=201, headers=[replies.UNKEPT])


@router.get("/tokens", operation_id="list_tokens", responses=answered(TokenList, "The tokens."))
async def list_tokens(request: Request) -> Response:
    """All tokens there ever were, oldest first, without their secrets."""
    return replies.json(wire.listed(tokens_of(request).register.of_people(), utc()), headers=[replies.UNKEPT])


TokenId = Annotated[
    str,
    Path(
        description="The token's id, as the list has it.",
        pattern=r"^tk_[0-9a-f]{16}\z",
        json_schema_extra={"pattern": "^tk_[0-9a-f]{16}$"},
        examples=["tk_0123456789abcdef"],
    ),
]


@router.delete(
    "/tokens/{token}", operation_id="revoke_token", responses=answered(TokenAnswer, "The token as it is now.")
)
async def revoke(request: Request, token: TokenId) -> Response:
    """Take a token back, with the sessions it began. Other replicas let it in for two more seconds at most."""
    revoked = await tokens_of(request).revoke(token, actor(request.scope))
    return replies.json(wire.answer(revoked, utc()), headers=[replies.UNKEPT])
