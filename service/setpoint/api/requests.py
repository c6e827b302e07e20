"""Which requests the log tells of: those that took long, and all where that is asked for.

One that fails by a mistake of ours is logged where that is caught; that writes fail is told once, not of each.
"""

import logging
from collections.abc import Callable
from time import monotonic

from setpoint.api.asgi import Scope
from setpoint.api.request_id import request_id

PATIENT = "setpoint.patient"
"""Is in the scope of a request that is meant to last."""
SLOW_SECONDS = 1.0
MOST_A_SECOND = 20
"""Lines about slow requests: there may be thousands."""

_log = logging.getLogger("setpoint.request")


class Requests:
    """Notes requests once they are answered. Never their bodies, queries or headers: there are secrets in those.

    every: all of them are noted, and have a name that their answer tells. `told` hears of each, and of its route.
    """

    def __init__(
        self,
        *,
        every: bool = False,
        told: Callable[[Scope, str], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.every = every or told is not None
        self._told = told
        self._logs_all = every
        self._clock = clock
        self._second = clock()
        self._said = self._kept_back = 0
        if every:
            _log.setLevel(logging.INFO)

    def answered(self, scope: Scope, route: str, code: int, seconds: float) -> None:
        """It was: log it, if there is a reason to."""
        if self._told is not None:
            self._told(scope, route)
        if self._logs_all:
            self._say(logging.INFO, scope, route, code, seconds)
        elif _is_slow(scope, seconds) and self._may_say():
            self._say(logging.WARNING, scope, route, code, seconds)

    def _may_say(self) -> bool:
        now = self._clock()
        if now - self._second >= 1:
            if self._kept_back:
                _log.warning("%d more requests were slow", self._kept_back)
            self._second, self._said, self._kept_back = now, 0, 0
        may = self._said < MOST_A_SECOND
        self._said += may
        self._kept_back += not may
        return may

    def _say(self, level: int, scope: Scope, route: str, code: int, seconds: float) -> None:
        facts = {"method": scope["method"], "path": scope["path"], "route": route, "status": code}
        extra = {"facts": {**facts, "seconds": round(seconds, 6)}, "request_id": request_id(scope)}
        _log.log(level, "%s %s: %d after %.3f s", scope["method"], scope["path"], code, seconds, extra=extra)


def _is_slow(scope: Scope, seconds: float) -> bool:
    """Whether it took longer than it should: some are asked to wait."""
    return seconds > SLOW_SECONDS and PATIENT not in scope and b"wait=" not in scope["query_string"]
