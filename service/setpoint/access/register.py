"""All tokens there ever were, as the events so far add up to them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from setpoint.access.event import TokenCreated, TokenRecorded
from setpoint.access.scope import scope
from setpoint.access.token import Token


@dataclass(frozen=True, slots=True)
class Register:
    """version: the id of the last event."""

    version: int = 0
    tokens: Mapping[str, Token] = field(default_factory=dict[str, Token])
    _by_digest: Mapping[str, str] = field(default_factory=dict[str, str])

    def after(self, recorded: Iterable[TokenRecorded]) -> "Register":
        """With these events, which follow."""
        version, tokens, by_digest = self.version, dict(self.tokens), dict(self._by_digest)
        for each in recorded:
            version, event = each.id, each.event
            if isinstance(event, TokenCreated):
                by_digest[event.digest] = event.token
                tokens[event.token] = _created(event, each)
            elif event.token in tokens:
                known = tokens[event.token]
                tokens[event.token] = replace(known, revoked_at=known.revoked_at or each.at)
        return Register(version, tokens, by_digest)

    def found(self, digest: str) -> Token | None:
        """The token with that digest, live or not."""
        id_ = self._by_digest.get(digest)
        token = None if id_ is None else self.tokens[id_]
        return token if token is not None and token.is_of(digest) else None

    def of_people(self) -> Iterator[Token]:
        """The tokens that somebody made, oldest first: neither sessions nor links."""
        return (token for token in self.tokens.values() if token.use == "token")


def _created(event: TokenCreated, recorded: TokenRecorded) -> Token:
    return Token(
        id=event.token,
        name=event.name,
        digest=event.digest,
        scope=scope(event.scope),
        runs=event.runs,
        created_at=recorded.at,
        created_by=recorded.actor,
        expires_at=event.expires_at,
        use=event.use,
        parent=event.parent,
    )
