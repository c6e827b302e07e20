"""Who asks, and whether they may: looked at before any route is, so that none can be forgotten."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic

from setpoint.access.register import Register
from setpoint.access.rule import NOWHERE, Place, place
from setpoint.access.scope import Scope
from setpoint.access.token import Token, Use
from setpoint.api.asgi import Scope as Asked
from setpoint.api.cookie import cookie
from setpoint.api.failures import Failures
from setpoint.api.guard import Seen
from setpoint.coordination.coordinator import absent
from setpoint.coordination.tokens import Tokens
from setpoint.errors import Forbidden, MethodNotAllowed, NotFound, OriginRefused, Unauthorized, Unavailable

WHO = "setpoint.who"
"""Where the token of a request is, in its scope; nothing is there where none is asked for."""
_PASSED = "setpoint.passed"
"""Is in the scope of a request that was let in before, where its very bytes come again: what it was let in by."""
LOOKED_SECONDS = 1.0
"""For so long a token that was looked up is not looked up again, unless one was made or revoked."""
_REMEMBERED = 4096
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class _Known:
    token: Token
    register: Register
    until: float


class Gate:
    """Lets in who shows a token that allows what is asked for. `tokens` is there once the store is."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.tokens: Tokens | None = None
        self.failures = Failures(clock)
        self._clock = clock
        self._known: dict[bytes, _Known] = {}
        self._passed: dict[tuple[bytes, str, str], _Known] = {}
        """Who was let in where, a moment ago: found by a keyed hash, whose time tells nothing of a secret."""
        self._places: dict[str, Place] = {}

    def admit(self, asked: Asked, seen: Seen) -> None:
        """Leave the token in the scope, where one is needed.

        Raises:
            Unauthorized: there is none, or it counts no more.
            TooManyFailures: and that happens all the time.
            Forbidden: it is not enough.
            NotFound: nothing is there for this token, whatever there is for others.
            MethodNotAllowed: nothing is there for this method.
        """
        passed: _Known | None = asked.get(_PASSED)
        if passed is None or not self._holds(passed):
            header = seen.get(b"authorization")
            passed = None if header is None else self._passed.get((header, asked["path"], asked["method"]))
            if passed is None or not self._holds(passed):
                self._look(asked, seen)
                return
            asked[_PASSED] = passed
        asked[WHO] = passed.token

    def _look(self, asked: Asked, seen: Seen) -> None:
        path, method = asked["path"], asked["method"]
        there = self._places.get(path) or self._place(path)
        known = "GET" if method == "HEAD" else method
        need = there.needs.get(known, Scope.READER)
        if need is None:
            return
        token = asked[WHO] = self._token(asked, seen)
        if known not in there.needs:
            raise _nothing(there, method, path)
        if token.scope < need:
            raise Forbidden(f"this needs the scope {need.word}, and the token {token.name} has {token.scope.word}")
        if there.run is not None and not token.covers(there.run):
            raise _hidden(token, there.run, path, method)
        if token.use == "token":
            if len(self._passed) >= _REMEMBERED:
                self._passed.clear()
            self._passed[seen[b"authorization"], path, method] = self._known[_key(seen[b"authorization"])]

    def _token(self, asked: Asked, seen: Seen) -> Token:
        header = seen.get(b"authorization") or seen.get(b"cookie")
        if header is None:
            raise Unauthorized("no token was sent")
        key = _key(header)
        known = self._known.get(key)
        if known is None or not self._holds(known):
            known = self._looked_up(key, asked, seen)
        if known.token.use == "session" and asked["method"] not in _READING and b"origin" not in seen:
            raise OriginRefused("a session writes from the service's own pages only, and no Origin was sent")
        return known.token

    def _holds(self, known: "_Known") -> bool:
        return self.tokens is not None and known.register is self.tokens.register and self._clock() < known.until

    def _register(self) -> Register:
        if self.tokens is None:
            raise Unavailable("the tokens are not read yet")
        return self.tokens.register

    def _looked_up(self, key: bytes, asked: Asked, seen: Seen) -> _Known:
        register = self._register()
        secret, use = _shown(asked, seen)
        assert self.tokens is not None
        token = None if secret is None else self.tokens.found(secret, use)
        if token is None:
            self._known.pop(key, None)
            if secret is not None and use == "token":
                self.failures.add(address(asked))
            raise Unauthorized("the token is not known, or counts no more" if secret else "no token was sent")
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        known = self._known[key] = _Known(token, register, self._clock() + LOOKED_SECONDS)
        return known

    def _place(self, path: str) -> Place:
        if len(self._places) >= _REMEMBERED:
            self._places.clear()
        found = self._places[path] = place(path)
        return found


def _key(header: bytes) -> bytes:
    return sha256(header).digest()


def _shown(asked: Asked, seen: Seen) -> tuple[str | None, Use]:
    """The secret that a request shows, and as what: a program's in Authorization, a browser's in a cookie."""
    header = seen.get(b"authorization")
    if header is None:
        return cookie(seen), "session"
    scheme, _, secret = header.decode("latin-1").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else "", "token"


def address(asked: Asked) -> str:
    """Where a request came from."""
    client = asked.get("client")
    return client[0] if client else "local"


def _nothing(there: Place, method: str, path: str) -> NotFound | MethodNotAllowed:
    if there is NOWHERE or not there.needs:
        return NotFound(f"nothing is at {path}")
    allow = sorted({*there.needs, *(("HEAD",) if "GET" in there.needs else ())})
    return MethodNotAllowed(f"{method} is not for {path}", allow=allow)


def _hidden(token: Token, run: str, path: str, method: str) -> NotFound | Forbidden:
    """A run that a token is not for looks like one that is not there; and whether it is there, none can find out."""
    if method == "PUT" and path == f"/v1/runs/{run}":
        return Forbidden(f"the token {token.name} is for the runs {', '.join(token.runs)}")
    return absent(run)
