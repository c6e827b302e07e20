"""The running service: uvicorn, and a clean end at SIGTERM and SIGINT."""

import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import uvicorn

from setpoint.api.asgi import ASGI
from setpoint.api.standing import Standing
from setpoint.errors import SetpointError
from setpoint.server import descriptors, logs, tls
from setpoint.server.assemble import assemble
from setpoint.server.greeting import address, greeting
from setpoint.server.listen import listen
from setpoint.server.protocol import protocol
from setpoint.settings import Settings

_KEEP_ALIVE_SECONDS = 620
"""Longer than load balancers keep an idle connection (commonly 600 at most) and most epochs last.
uvicorn's own 5 would drop a worker's connection between two check-ins."""


def serve(settings: Settings, assemble: Callable[[Settings], ASGI] = assemble) -> None:
    """Answer requests until told to stop by a signal; then finish those in flight, and return.

    Raises:
        InvalidSetting: the address can't be served.
        SetpointError: the store could not be opened.
        Lost: it could not be trusted any more.
    """
    logs.configure(settings)
    descriptors.raise_limit()
    listener = listen(settings)
    _end_on_signals()
    service = _Service(config(assemble(settings), settings))
    with suppress(_Ended):
        service.run(sockets=[listener])
    if service.standing.fault is not None:
        raise Lost(service.standing.fault.detail)


def config(app: ASGI, settings: Settings) -> uvicorn.Config:
    """What uvicorn is told: not to name itself, to keep no log of requests, to be patient.

    Raises:
        InvalidSetting: the certificate or its key can't be used.
    """
    tls.checked(settings)
    return uvicorn.Config(
        app,
        http=protocol(),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[*settings.trusted_proxies],
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.grace_seconds,
    )


class Lost(SetpointError):
    """The service ended by itself."""

    code = "lost"
    title = "The service could not go on"
    advice = "Start it again: it reads what is there."


class _Service(uvicorn.Server):
    """uvicorn, with a word of greeting as soon as requests are answered, and one to those who watch at the end."""

    @property
    def standing(self) -> Standing:
        found = getattr(self.config.app, "standing", None)
        return found if isinstance(found, Standing) else Standing()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # What keeps the store from being opened is told in a line of its own; uvicorn would print a traceback too.
        logging.getLogger("uvicorn.error").addFilter(lambda _: self.standing.fault is None)
        try:
            await super().startup(sockets)
        except SystemExit:
            if self.standing.fault is None:
                raise
            raise self.standing.fault from None
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            print(
                greeting(address(host, port, tls=self.config.is_ssl), self.standing.invitation, self.standing.notices),
                flush=True,
            )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # A start that waits for its database looks there: uvicorn itself looks for signals only once it has started.
        self.standing.draining = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn ends the lifespan only when all connections are closed, and a stream never is by itself.
        self.standing.drain()
        await super().shutdown(sockets)


class _Ended(BaseException):
    """The signal to stop, before uvicorn hears it, and when it hands it on at its own end."""


def _end_on_signals() -> None:
    def end(number: int, frame: object) -> None:
        raise _Ended

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
