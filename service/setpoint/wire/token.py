"""Tokens as they are answered: never with their secret, but once."""

from collections.abc import Iterable

from typing_extensions import TypedDict

from setpoint.access.token import Token


class TokenAnswer(TypedDict):
    """A token, without its secret."""

    token: str
    name: str
    scope: str
    runs: list[str]
    created_at: str
    created_by: str
    expires_at: str | None
    revoked_at: str | None
    active: bool


class TokenMade(TokenAnswer):
    """A token, with its secret: nothing tells it again."""

    secret: str


class TokenList(TypedDict):
    """The tokens, oldest first."""

    tokens: list[TokenAnswer]


def answer(token: Token, now: str) -> TokenAnswer:
    return {
        "token": token.id,
        "name": token.name,
        "scope": token.scope.word,
        "runs": [*token.runs],
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "active": not token.ended(now),
    }


def made(token: Token, secret: str, now: str) -> TokenMade:
    return {**answer(token, now), "secret": secret}


def listed(tokens: Iterable[Token], now: str) -> TokenList:
    return {"tokens": [answer(token, now) for token in tokens]}
