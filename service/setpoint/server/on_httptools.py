"""HTTP as uvicorn reads it with httptools: a third of the time that h11 takes."""

from asyncio import Transport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from setpoint.api.front import Front
from setpoint.api.guard import MAX_BODY, WHOLE
from setpoint.api.replies import Reply
from setpoint.errors import HeadersTooLarge, MalformedRequest, SetpointError
from setpoint.server.patience import Patience
from setpoint.server.spelling import spelled, told

MAX_HEAD = 256 * 1024
"""Bytes in which a request's headers have to end. The guard allows far fewer, but it is asked only when they are all
there, and they are kept until then."""

_ENDED = float("-inf")


class OnHttptools(HttpToolsProtocol):
    """uvicorn's own, with heads that have to end, and problem+json for what it refuses by itself.

    What the door knows is answered here, between the head and the next request: no task is made for it.
    """

    _head: float = 0
    """Bytes since the headers of a request began; `_ENDED` from their end to that of its body."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._patience = Patience(self.loop, self._refuse)
        # Where something stands around the door, requests are to go through that.
        asked = cast(object, self.app)  # pyright: ignore[reportUnknownMemberType]
        self._front = asked if isinstance(asked, Front) else None

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head += len(data)
        super().data_received(data)
        if self._head <= 0:
            self._patience.end()
        elif not self.transport.is_closing():
            self._patience.look(within_head=True)
            if self._head > MAX_HEAD:
                self._refuse(HeadersTooLarge(f"the headers have more than {MAX_HEAD} bytes"))

    def on_headers_complete(self) -> None:
        self._head = _ENDED
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._head = 0
        super().on_message_complete()
        if 0 < len(self.cycle.body) <= MAX_BODY:
            self.cycle.scope[WHOLE] = True  # type: ignore[literal-required]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        reply = self._known(cycle)
        if reply is None:
            super()._start_asgi_task(cycle, app)
            return
        self.transport.write(spelled(reply, self.server_state.default_headers))
        cycle.response_started = cycle.response_complete = True
        self.on_response_complete()

    def _known(self, cycle: RequestResponseCycle) -> Reply | None:
        """The answer, if it is known, and can simply be written: nothing waits before or behind it."""
        if self._front is None or self.pipeline or self.flow.write_paused:
            return None
        if cycle.waiting_for_100_continue or not cycle.keep_alive:
            return None
        return self._front.at_once(cycle.scope)  # type: ignore[arg-type]

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedRequest("it can't be read as HTTP"))

    def _refuse(self, error: SetpointError) -> None:
        """Say `error`, and hang up."""
        self.transport.write(told(error, self.server_state.default_headers))
        self.transport.close()
