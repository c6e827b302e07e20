"""What is written when a token is made, taken back, or has another made of it. Secrets and ids come from outside."""

from dataclasses import dataclass

from setpoint.access.event import TokenCreated, TokenRevoked
from setpoint.access.register import Register
from setpoint.access.scope import Scope
from setpoint.access.token import EVERY_RUN, Token, Use, digest
from setpoint.errors import NotFound, TokenExists


@dataclass(frozen=True, slots=True)
class Fresh:
    """An id and a secret that were never used."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Wish:
    """The token that somebody wants."""

    name: str
    scope: Scope
    runs: tuple[str, ...] = (EVERY_RUN,)
    expires_at: str | None = None


def created(register: Register, wish: Wish, fresh: Fresh, now: str) -> TokenCreated:
    """The new token.

    Raises:
        TokenExists: another of this name is in use.
    """
    if any(token.name == wish.name and not token.ended(now) for token in register.of_people()):
        raise TokenExists(f"{wish.name} is in use")
    return TokenCreated(fresh.id, wish.name, digest(fresh.secret), wish.scope.word, wish.runs, wish.expires_at)


def derived(parent: Token, use: Use, fresh: Fresh, expires_at: str) -> TokenCreated:
    """A session or a link that stands for `parent`, and lives no longer than it."""
    until = expires_at if parent.expires_at is None else min(expires_at, parent.expires_at)
    return TokenCreated(
        fresh.id, parent.name, digest(fresh.secret), parent.scope.word, parent.runs, until, use, parent.id
    )


def revoked(register: Register, token: str, reason: str | None) -> TokenRevoked | None:
    """The end of that token; None where it was revoked before.

    Raises:
        NotFound: there is no such token.
    """
    known = register.tokens.get(token)
    if known is None:
        raise NotFound(f"there is no token {token}")
    return None if known.revoked_at is not None else TokenRevoked(token, reason)
