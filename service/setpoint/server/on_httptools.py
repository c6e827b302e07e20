"""HTTP as uvicorn reads it with httptools: a third of the time that h11 takes."""

from asyncio import Transport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from setpoint.api.asgi import Scope
from setpoint.api.front import Front
from setpoint.api.guard import MAX_BODY, WHOLE
from setpoint.errors import HeadersTooLarge, MalformedRequest, SetpointError
from setpoint.server.patience import Patience
from setpoint.server.spelling import spelled, told

MAX_HEAD = 256 * 1024
"""Bytes in which a request's headers have to end. The guard allows far fewer, but it is asked only when they are all
there, and they are kept until then."""


def _nothing() -> None:
    """What there is to do for an answer that is complete."""


class OnHttptools(HttpToolsProtocol):
    """uvicorn's own, with heads that have to end, and problem+json for what it refuses by itself.

    What the door knows is answered here, between the head and the next request: no task is made for it. And where the
    very bytes of such a request come again, as they do when many workers ask for one epoch, they are not even parsed:
    the door is asked with what was read of them the first time.
    """

    _within_message = _within_head = False
    _head = 0
    """Bytes of the headers that are under way."""
    _begun = 0
    """Requests that began in the bytes that came last."""
    _known: Scope | None = None
    """The last request among those that was answered at once."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._patience = Patience(self.loop)
        # Where something stands around the door, requests are to go through that.
        asked = cast(object, self.app)  # pyright: ignore[reportUnknownMemberType]
        self._front = asked if isinstance(asked, Front) else None

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.end()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # uvicorn leaves it where the connection was reset: ten minutes, here
        last = cast(RequestResponseCycle | None, self.cycle)
        if last is not None and last.response_complete:
            last.on_response = _nothing  # as uvicorn does where it was called: they would hold each other

    def data_received(self, data: bytes) -> None:
        front = None if self._within_message else self._front
        if front is not None and self._is_answered_again(front, data):
            return
        self._known = None
        self._read(data)
        if front is not None and self._known is not None and self._begun == 1:
            front.heads.keep(data, self._known)

    def _is_answered_again(self, front: Front, data: bytes) -> bool:
        scope = front.heads.found(data)
        if scope is None:
            return False
        last = cast(RequestResponseCycle | None, self.cycle)
        if last is not None and not last.response_complete:
            return False
        scope["client"] = self.client
        if self._is_answered(scope):
            return True
        front.heads.forget(data)  # it is looked at once more as it is read: a token that counts no more fails twice
        return False

    def _read(self, data: bytes) -> None:
        self._begun, was_between = 0, not self._within_message
        super().data_received(data)
        if not self._within_head:
            self._head = 0
            self._patience.end()
        elif not self.transport.is_closing():
            # Where it began behind other requests, how much of this is its own is not known.
            self._head += len(data) if self._begun <= was_between else 0
            self._patience.begin(self._refuse)
            if self._head > MAX_HEAD:
                self._refuse(HeadersTooLarge(f"the headers have more than {MAX_HEAD} bytes"))

    def on_message_begin(self) -> None:
        self._within_message = self._within_head = True
        self._begun += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._within_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._within_message = False
        super().on_message_complete()
        if 0 < len(self.cycle.body) <= MAX_BODY:
            self.cycle.scope[WHOLE] = True  # type: ignore[literal-required]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        scope = cast(Scope, cycle.scope)
        if cycle.waiting_for_100_continue or not cycle.keep_alive or not self._is_answered(scope):
            super()._start_asgi_task(cycle, app)
        else:
            cycle.response_started = cycle.response_complete = True
            self._known = scope

    def _is_answered(self, scope: Scope) -> bool:
        """Whether the answer is known and could simply be written, for nothing waits before or behind it."""
        if self._front is None or self.pipeline or self.flow.write_paused:
            return False
        reply = self._front.at_once(scope)
        if reply is None:
            return False
        self.transport.write(spelled(reply, self.server_state.default_headers))
        self.on_response_complete()
        return True

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedRequest("it can't be read as HTTP"))

    def _refuse(self, error: SetpointError) -> None:
        """Say `error`, and hang up."""
        self.transport.write(told(error, self.server_state.default_headers))
        self.transport.close()
