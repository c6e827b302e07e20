"""What both protocols do about heads that do not end."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

from setpoint.errors import SetpointError, TooSlow

HEAD_SECONDS = 10.0
"""For how long the headers of a request may be under way."""


class Patience:
    """How long a connection may be at a head: no timer is set for one that comes in one piece, as nearly all do."""

    __slots__ = ("_give_up", "_loop", "_timer")

    def __init__(self, loop: AbstractEventLoop, give_up: Callable[[SetpointError], None]) -> None:
        self._loop = loop
        self._give_up = give_up
        self._timer: TimerHandle | None = None

    def look(self, *, within_head: bool) -> None:
        """Bytes came, and the connection is within a head now, or not."""
        if within_head and self._timer is None:
            self._timer = self._loop.call_later(HEAD_SECONDS, self._over)
        elif not within_head:
            self.end()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self) -> None:
        self._give_up(TooSlow(f"the headers were not complete after {HEAD_SECONDS:.0f} seconds"))
