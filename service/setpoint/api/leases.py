"""Streams that are open with a token: not too many of one, and none for longer than it counts."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from setpoint.access.token import Token
from setpoint.coordination.tokens import Tokens
from setpoint.errors import TooManyStreams

MOST = 1000
"""Streams of one token on one process."""


class Leases:
    def __init__(self) -> None:
        self._open = Counter[str]()

    def lease(self, token: Token, tokens: Tokens) -> "Lease":
        """Leave to keep one more stream open.

        Raises:
            TooManyStreams: there are enough.
        """
        if self._open[token.id] >= MOST:
            raise TooManyStreams(f"the token {token.name} has {MOST} streams open")
        return Lease(token, tokens, self._open)


@dataclass(frozen=True, slots=True)
class Lease:
    """One stream's, from when it is held."""

    token: Token
    tokens: Tokens
    _open: Counter[str]

    def counts(self) -> bool:
        """Whether the token still does."""
        return self.tokens.counts(self.token)

    @contextmanager
    def held(self) -> Generator[None]:
        self._open[self.token.id] += 1
        try:
            yield
        finally:
            self._open[self.token.id] -= 1
            if not self._open[self.token.id]:
                del self._open[self.token.id]
