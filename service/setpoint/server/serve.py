"""The running service: uvicorn, and a clean end at SIGTERM and SIGINT."""

import signal
import socket
from collections.abc import Callable

import uvicorn

from setpoint.api.asgi import ASGI
from setpoint.server.assemble import assemble
from setpoint.server.greeting import greeting
from setpoint.server.listen import listen
from setpoint.settings import Settings

_KEEP_ALIVE_SECONDS = 620
"""Longer than load balancers keep an idle connection (commonly 600 at most) and most epochs last.
uvicorn's own 5 would drop a worker's connection between two check-ins."""


def serve(settings: Settings, assemble: Callable[[Settings], ASGI] = assemble) -> None:
    """Answer requests until told to stop by a signal; then finish those in flight, and return.

    Raises:
        InvalidSetting: the address can't be served.
    """
    listener = listen(settings)
    _end_on_signals()
    try:
        _Service(config(assemble(settings), settings)).run(sockets=[listener])
    except _Ended:
        return


def config(app: ASGI, settings: Settings) -> uvicorn.Config:
    """What uvicorn is told: not to name itself, to keep no log of requests, to be patient."""
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.grace_seconds,
    )


class _Service(uvicorn.Server):
    """uvicorn, with a word of greeting as soon as requests are answered."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            print(greeting(host, port), flush=True)


class _Ended(BaseException):
    """The signal to stop, before uvicorn hears it, and when it hands it on at its own end."""


def _end_on_signals() -> None:
    def end(number: int, frame: object) -> None:
        raise _Ended

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
