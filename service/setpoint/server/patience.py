"""What both protocols do about heads that do not end."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

from setpoint.errors import SetpointError, TooSlow

HEAD_SECONDS = 10.0
"""For how long the headers of a request may be under way."""


class Patience:
    """How long a connection may be at a head: no timer is set for one that comes in one piece, as nearly all do.

    It knows its connection only while a timer is set: a circle would keep each that has ended until garbage is looked
    for, which is rare here.
    """

    __slots__ = ("_loop", "_timer")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: TimerHandle | None = None

    def begin(self, give_up: Callable[[SetpointError], None]) -> None:
        """Bytes came, and the connection is within a head now."""
        if self._timer is None:
            self._timer = self._loop.call_later(HEAD_SECONDS, _over, give_up)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _over(give_up: Callable[[SetpointError], None]) -> None:
    give_up(TooSlow(f"the headers were not complete after {HEAD_SECONDS:.0f} seconds"))
