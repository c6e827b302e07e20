"""Connections to one service, kept from one request to the next, on sockets.

A training imports this at its start, and asks through it for each window: it takes a tenth of httpx' time for a
request, and next to none to import.
"""

import base64
import select
import socket
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from setpoint.client import exchange, http
from setpoint.client.call import Call
from setpoint.client.exchange import Reply
from setpoint.client.http import Within
from setpoint.client.place import Place


class Unopened(Exception):
    """There was no connection: nothing can have arrived."""

    def __init__(self, why: OSError) -> None:
        super().__init__(str(why))
        self.why = why


class Connections:
    """Each is lent to one thread at a time. Close them: none outlives that."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._at = urlsplit(place.url)
        proxy = http.proxy(place)
        self._proxy = None if proxy is None else urlsplit(proxy if "//" in proxy else f"//{proxy}")
        self._trust = http.trust(place)
        self._host = _ascii(self._at.netloc)
        # To a proxy of plain HTTP the first line of a request says all of the address.
        is_told_all = self._proxy is not None and self._at.scheme == "http"
        self._base = f"http://{self._host}{self._at.path}" if is_told_all else self._at.path
        self._extra = {"Host": self._host, **(_login(self._proxy) if is_told_all else {})}
        self._is_closed = False
        self._lent: set[socket.socket] = set()
        self.idle: deque[socket.socket] = deque()

    def request(self, call: Call[Any]) -> bytes:
        """What is sent for `call`."""
        headers = {**self._extra, **http.headers(self._place, call)}
        return exchange.request(call.method, self._base + http.target(call), headers, http.content(call))

    @contextmanager
    def lent(self, within: Within) -> Generator[socket.socket]:
        """An open connection for one exchange, kept for the next one unless it was closed or something was raised.

        Raises:
            Unopened: there is none to be had.
        """
        sock = self._kept() or self._opened(within)
        sock.settimeout(within.read)
        self._lent.add(sock)
        try:
            yield sock
        except BaseException:
            sock.close()
            raise
        finally:
            self._lent.discard(sock)
        if self._is_closed:
            sock.close()
        elif sock.fileno() >= 0:
            self.idle.append(sock)

    def close(self) -> None:
        """End all of them; who waits for an answer on one waits no longer."""
        self._is_closed = True
        for sock in list(self._lent):
            with suppress(OSError):  # to close it would wake nobody
                sock.shutdown(socket.SHUT_RDWR)
        while self.idle:
            self.idle.pop().close()

    def _kept(self) -> socket.socket | None:
        """The one that was used last, unless the other side has ended it since."""
        while self.idle:
            with suppress(IndexError):  # another thread was quicker
                sock = self.idle.pop()
                if not _is_readable(sock):
                    return sock
                sock.close()
        return None

    def _opened(self, within: Within) -> socket.socket:
        first = self._proxy or self._at
        default = 443 if self._at.scheme == "https" else 80
        try:
            sock = socket.create_connection((str(first.hostname), first.port or default), within.connect)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._secured(sock) if self._at.scheme == "https" else sock
            except BaseException:
                sock.close()
                raise
        except OSError as error:
            raise Unopened(error) from error

    def _secured(self, sock: socket.socket) -> socket.socket:
        """Encrypted all the way to the service: a proxy is asked for a tunnel there."""
        if self._proxy is not None:
            there = f"{self._host}" if self._at.port else f"{self._host}:443"
            sock.sendall(exchange.request("CONNECT", there, {"Host": there, **_login(self._proxy)}))
            reply = Reply(sock)
            if not 200 <= reply.status < 300:
                raise OSError(f"Tunnel connection failed: {reply.status}")
        return self._trust.wrap_socket(sock, server_hostname=self._at.hostname)


def _ascii(netloc: str) -> str:
    """As it is said in a header."""
    return netloc if netloc.isascii() else netloc.encode("idna").decode("ascii")


def _login(proxy: SplitResult | None) -> dict[str, str]:
    if proxy is None or proxy.username is None:
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
