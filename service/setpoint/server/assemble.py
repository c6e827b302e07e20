"""The service, wired together: the one place that knows all of its parts."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from setpoint.settings import Settings

Message: TypeAlias = MutableMapping[str, Any]
ASGI: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


def assemble(settings: Settings) -> ASGI:
    """The application that answers every request: the door, and behind it the documented routes."""
    from setpoint.api import app, front

    return front.Front(app.build(settings))
