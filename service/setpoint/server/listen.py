"""The address that is served: bound before all else is built, so that a busy one is told first."""

import errno
import socket

from setpoint.settings import InvalidSetting, Settings

_BACKLOG = 2048


def listen(settings: Settings) -> socket.socket:
    """A socket that listens where `settings` say.

    Raises:
        InvalidSetting: it can't be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return _bound(socket.socket(family, kind, protocol), address)
    except OSError as error:
        raise InvalidSetting(_told(error, settings)) from error


def _bound(listener: socket.socket, address: tuple[str | int | bytes, ...]) -> socket.socket:
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _told(error: OSError, settings: Settings) -> str:
    place = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        advice = f"Stop what listens there, or take another port: --port {settings.port + 1}."
        return f"{place} is in use. {advice}"
    if error.errno == errno.EACCES:
        return f"{place} needs rights this process lacks. Take a port from 1024 on: --port 8321."
    advice = "Take an address of this machine: --host 127.0.0.1."
    return f"{place} can't be served ({error.strerror}). {advice}"
