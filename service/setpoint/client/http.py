"""A call as httpx sends it, and what may go wrong with that. Sync and async have this in common.

httpx's transports are used without its client, which would log a line for each request into the training's own log.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from setpoint import __version__
from setpoint.client.answer import Unreachable
from setpoint.client.call import Call
from setpoint.client.locate import Place
from setpoint.client.retry import Patience
from setpoint.errors import SetpointError, Unavailable

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 40.0
"""A stream that tells nothing for so long is dead: the service sends at least a heartbeat each 15 seconds."""

_LIMITS = httpx.Limits(max_connections=8, max_keepalive_connections=8, keepalive_expiry=600)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Failed(Exception):
    """A try that came to nothing. `unsent`: the request can't have arrived; `at_least`: how long to wait."""

    def __init__(self, error: Unavailable, *, unsent: bool = False, at_least: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.unsent = unsent
        self.at_least = at_least


@dataclass
class Tries:
    """The tries of one call so far."""

    call: Call[Any]
    patience: Patience
    began: float
    count: int = 0

    def timeout(self, now: float) -> dict[str, float]:
        """How long each step of the next try may take."""
        left = self.patience.left(now - self.began)
        return timeouts(min(left, CONNECT_SECONDS), left + self.call.wait_seconds)

    def pause(self, failed: Failed, now: float, draw: float) -> float:
        """How long to wait before the next.

        Raises:
            SetpointError: there is none; what `failed` failed with.
        """
        seconds = self.patience.pause(self.count, now - self.began, failed.at_least, lambda: draw)
        self.count += 1
        if seconds is None or not (failed.unsent or self.call.repeatable):
            raise failed.error from failed.__cause__
        return seconds


def timeouts(connect: float, read: float) -> dict[str, float]:
    return {"connect": connect, "read": read, "write": read, "pool": read}


def settings(place: Place) -> dict[str, Any]:
    """What a transport to `place` is made with."""
    return {"verify": _trust(place), "limits": _LIMITS, "proxy": _proxy(place)}


def _trust(place: Place) -> ssl.SSLContext:
    """What certificates are checked by. To read the system's takes 20 ms, which plain HTTP can do without."""
    if place.url.startswith("https:"):
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy(place: Place) -> str | None:
    """The proxy that the environment names for it; nothing on this machine is behind one."""
    parts = urlsplit(place.url)
    if place.loopback or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def request(place: Place, call: Call[Any], timeout: Mapping[str, float]) -> httpx.Request:
    headers = {"Accept": "application/json", "User-Agent": f"setpoint/{__version__}", **call.headers}
    if place.token is not None:
        headers["Authorization"] = f"Bearer {place.token}"
    content = None
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        content = json.dumps(call.body, allow_nan=False).encode()
    url = httpx.URL(place.url + call.path, params=call.params) if call.params else httpx.URL(place.url + call.path)
    return httpx.Request(call.method, url, headers=headers, content=content, extensions={"timeout": dict(timeout)})


def unreached(place: Place, error: httpx.TransportError) -> Failed:
    """A connection that failed, as a try that did."""
    unsent = isinstance(error, _UNSENT)
    what = "does not answer in time" if isinstance(error, httpx.TimeoutException) else _what(error)
    failed = Failed(Unreachable(f"{place.url} {what}"), unsent=unsent)
    failed.__cause__ = error
    return failed


def _what(error: httpx.TransportError) -> str:
    said = str(error) or type(error).__name__
    return f"can't be reached: {said}" if isinstance(error, httpx.ConnectError) else f"broke off: {said}"


def refused(error: SetpointError, at_least: float) -> SetpointError | Failed:
    """A refusal for good as it is; one for now as a try that failed."""
    return Failed(error, at_least=at_least) if isinstance(error, Unavailable) else error
