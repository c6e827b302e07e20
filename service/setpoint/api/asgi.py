"""The names of ASGI's parts."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGI: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

LASTING = "setpoint.lasting"
"""Where a route leaves, in the scope, what is still to be answered once its own work is done."""


class Lasting(Protocol):
    """An answer that may go on for hours."""

    async def last(self, receive: Receive, send: Send) -> None: ...
