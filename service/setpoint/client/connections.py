"""Connections to one service, kept from one request to the next, on the standard library alone.

A training imports this at its start, and asks through it for each window: http.client takes a third of httpx' time
for a request, and a tenth of it to import.
"""

import base64
import select
import socket
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import SplitResult, unquote, urlsplit

from setpoint.client import http
from setpoint.client.http import Within
from setpoint.client.locate import Place


class Unopened(Exception):
    """There was no connection: nothing can have arrived."""

    def __init__(self, why: OSError) -> None:
        super().__init__(str(why))
        self.why = why


class Connections:
    """Each is lent to one thread at a time. Close them: none outlives that."""

    def __init__(self, place: Place) -> None:
        self._at = urlsplit(place.url)
        proxy = http.proxy(place)
        self._proxy = None if proxy is None else urlsplit(proxy if "//" in proxy else f"//{proxy}")
        self._trust = http.trust(place)
        self._is_closed = False
        self._lent: set[socket.socket] = set()
        self.idle: deque[HTTPConnection] = deque()

    def address(self, target: str) -> str:
        """What a request's first line says: to a proxy of plain HTTP it is all of it."""
        path = self._at.path + target
        is_told_all = self._proxy is not None and self._at.scheme == "http"
        return f"http://{self._at.netloc}{path}" if is_told_all else path

    def headers(self) -> dict[str, str]:
        """What goes with each request to a proxy of plain HTTP."""
        return _login(self._proxy) if self._proxy is not None and self._at.scheme == "http" else {}

    @contextmanager
    def lent(self, within: Within) -> Generator[HTTPConnection]:
        """An open connection for one exchange, kept for the next one where all went well.

        Raises:
            Unopened: there is none to be had.
        """
        connection = self._kept() or self._opened(within)
        sock = connection.sock
        sock.settimeout(within.read)
        self._lent.add(sock)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        finally:
            self._lent.discard(sock)
        if self._is_closed or connection.sock is None:
            connection.close()
        else:
            self.idle.append(connection)

    def close(self) -> None:
        """End all of them; who waits for an answer on one waits no longer."""
        self._is_closed = True
        for sock in list(self._lent):
            with suppress(OSError):  # to close it would wake nobody
                sock.shutdown(socket.SHUT_RDWR)
        while self.idle:
            self.idle.pop().close()

    def _kept(self) -> HTTPConnection | None:
        """The one that was used last, unless the other side has ended it since."""
        while self.idle:
            with suppress(IndexError):  # another thread was quicker
                connection = self.idle.pop()
                if not _is_readable(connection.sock):
                    return connection
                connection.close()
        return None

    def _opened(self, within: Within) -> HTTPConnection:
        connection = self._made(within.connect)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise Unopened(error) from error
        return connection

    def _made(self, seconds: float) -> HTTPConnection:
        first = self._proxy or self._at
        if self._at.scheme == "http":
            return HTTPConnection(str(first.hostname), first.port or 80, timeout=seconds)
        connection = HTTPSConnection(str(first.hostname), first.port or 443, timeout=seconds, context=self._trust)
        if self._proxy is not None:
            connection.set_tunnel(str(self._at.hostname), self._at.port or 443, _login(self._proxy))
        return connection


def _login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(login).decode()}"}


def _is_readable(sock: socket.socket) -> bool:
    """Whether there is something to read where nothing was asked: its end."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])
