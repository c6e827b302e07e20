"""HTTP as uvicorn reads it with h11, which itself bounds what it keeps of a head, to 64 KiB."""

from asyncio import Transport

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from setpoint.errors import MalformedRequest, SetpointError
from setpoint.server.patience import Patience
from setpoint.server.spelling import told


class OnH11(H11Protocol):
    """uvicorn's own, with heads that have to end, and problem+json for what it refuses by itself."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._patience = Patience(self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.end()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # uvicorn leaves it where the connection was reset: ten minutes, here

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        within_head = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if within_head and not self.transport.is_closing():
            self._patience.begin(self._refuse)
        else:
            self._patience.end()

    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedRequest("it can't be read as HTTP"))

    def _refuse(self, error: SetpointError) -> None:
        """Say `error`, and hang up."""
        self.transport.write(told(error, self.server_state.default_headers))
        self.transport.close()
