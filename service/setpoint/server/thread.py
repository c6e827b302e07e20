"""The service in a thread of another program, such as a test."""

import threading
import time
from dataclasses import replace

import uvicorn

from setpoint.server.assemble import assemble
from setpoint.server.greeting import address
from setpoint.server.listen import listen
from setpoint.server.serve import config
from setpoint.settings import Settings

_PATIENCE_SECONDS = 30.0


class Served:
    """A service that answers at `url` until it is stopped. Its folder and port are there to be served again."""

    def __init__(self, settings: Settings) -> None:
        """Start it.

        Raises:
            InvalidSetting: the address can't be served.
            RuntimeError: it ended before it answered; its log says why.
        """
        self._server = uvicorn.Server(config(assemble(settings), settings))
        listener = listen(settings)
        host, port = listener.getsockname()[:2]
        self.settings = replace(settings, port=port)
        self.url = address(host, port, tls=settings.tls_cert is not None)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="setpoint-service", daemon=True
        )
        self._thread.start()
        self._await_start()

    def stop(self) -> None:
        """End it, as a signal would: what is in flight is finished."""
        self._server.should_exit = True
        self._thread.join(_PATIENCE_SECONDS)

    def _await_start(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the service at {self.url} did not start")
            time.sleep(0.002)
