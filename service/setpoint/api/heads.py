"""Requests whose reading can be spared, known again by their bytes."""

from setpoint.api.asgi import Scope


class Heads:
    """What was read of requests that were answered at once, by their bytes: those need not be read again.

    Only the reading is spared. Who asks, and what the answer is, is found out each time.
    """

    def __init__(self, most: int = 4096, longest: int = 1024) -> None:
        self._most = most
        self._longest = longest
        self._scopes: dict[bytes, Scope] = {}

    def found(self, head: bytes) -> Scope | None:
        return self._scopes.get(head)

    def keep(self, head: bytes, scope: Scope) -> None:
        if len(head) <= self._longest:
            if len(self._scopes) >= self._most:
                self._scopes.clear()
            self._scopes[head] = scope

    def forget(self, head: bytes) -> None:
        self._scopes.pop(head, None)
