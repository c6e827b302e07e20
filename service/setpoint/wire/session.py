"""Who asks, and the link that opens the pages."""

from typing_extensions import TypedDict

from setpoint.access.token import Token


class SessionAnswer(TypedDict):
    """Who asks, and what they may."""

    name: str | None
    scope: str
    runs: list[str]
    expires_at: str | None


class LinkAnswer(TypedDict):
    """What opens the pages, once: `path` after the service's address."""

    path: str
    expires_at: str


def answer(token: Token) -> SessionAnswer:
    return {
        "name": token.name,
        "scope": token.scope.word,
        "runs": [*token.runs],
        "expires_at": token.expires_at,
    }
