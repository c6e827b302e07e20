"""Tokens: secrets that say who asks. Only their fingerprints are kept."""

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from hashlib import sha256
from typing import Literal, TypeAlias

from setpoint.access.scope import Scope

PREFIX = "sp_"
"""So that a secret is known for one wherever it turns up, by people and by scanners."""
SECRET_BYTES = 32
EVERY_RUN = "*"

Use: TypeAlias = Literal["token", "session", "link"]
"""token: for programs, until it is revoked or expires. session: of a browser. link: becomes a session, once."""


def secret(chance: bytes) -> str:
    """What `chance` looks like as a secret."""
    return PREFIX + urlsafe_b64encode(chance).decode().rstrip("=")


def digest(secret: str) -> str:
    """What is kept of a secret. It is as long as the digest, so nothing slower is needed."""
    return sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class Token:
    """A token as it is known: all but its secret. Times are RFC 3339 in UTC, which sorts as text.

    runs: globs of the runs it is for. parent: the token that a session or a link stands for, and ends with.
    """

    id: str
    name: str
    digest: str
    scope: Scope
    runs: tuple[str, ...]
    created_at: str
    created_by: str
    expires_at: str | None = None
    revoked_at: str | None = None
    use: Use = "token"
    parent: str | None = None

    def is_of(self, digest: str) -> bool:
        """Whether that is its digest, in a time that does not depend on where they differ."""
        return hmac.compare_digest(self.digest, digest)

    def ended(self, now: str) -> bool:
        """Whether it counts no more."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= now)

    def covers(self, run: str) -> bool:
        """Whether it is for that run."""
        return bool(self.runs) and self._pattern.match(run) is not None

    @property
    def covers_all(self) -> bool:
        return EVERY_RUN in self.runs

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(translate(glob) for glob in self.runs))
