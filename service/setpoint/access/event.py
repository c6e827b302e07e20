"""What happened to tokens. These events, folded in order, are the tokens; nothing else about them is kept."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from setpoint.access.token import Use


@dataclass(frozen=True, slots=True)
class TokenCreated:
    """A token came to be, a session was begun, or a link was made."""

    kind: ClassVar[str] = "token-created"
    token: str
    name: str
    digest: str
    scope: str
    runs: tuple[str, ...]
    expires_at: str | None = None
    use: Use = "token"
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """A token was taken back, a session signed out, or a link used."""

    kind: ClassVar[str] = "token-revoked"
    token: str
    reason: str | None = None


TokenEvent: TypeAlias = TokenCreated | TokenRevoked


@dataclass(frozen=True, slots=True)
class TokenRecorded:
    """An event of tokens as it is written down: ids rise by one, from 1, over all tokens."""

    id: int
    event: TokenEvent
    at: str
    actor: str
