"""HTTP as uvicorn reads it, and what is said to those whose requests can't be read."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from setpoint.api import problems
from setpoint.errors import HeadersTooLarge, MalformedRequest, SetpointError

MAX_HEAD = 256 * 1024
"""Bytes in which a request's headers have to end. The guard allows far fewer, but it is asked only when they are all
there, and they are kept until then."""

_ENDED = float("-inf")


class Protocol(HttpToolsProtocol):
    """uvicorn's own, with headers that have to end, and problem+json for what it refuses by itself."""

    _head: float = 0
    """Bytes since the headers of a request began; `_ENDED` from their end to that of its body."""

    def data_received(self, data: bytes) -> None:
        self._head += len(data)
        super().data_received(data)
        if self._head > MAX_HEAD and not self.transport.is_closing():
            self._refuse(HeadersTooLarge(f"the headers have more than {MAX_HEAD} bytes"))

    def on_headers_complete(self) -> None:
        self._head = _ENDED
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._head = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedRequest("it can't be read as HTTP"))

    def _refuse(self, error: SetpointError) -> None:
        """Say `error`, and hang up."""
        reply = problems.reply(error)
        lines = [*self.server_state.default_headers, *reply.raw_headers]
        headers = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
        self.transport.write(STATUS_LINE[reply.status_code] + headers + b"\r\n" + bytes(reply.body))
        self.transport.close()
