"""What a call is over HTTP, and what may go wrong with that. Sync and async have this in common."""

import json
import ssl
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from setpoint import __version__
from setpoint.client.call import Call
from setpoint.client.place import Place
from setpoint.client.refusal import Unreachable
from setpoint.client.retry import Patience
from setpoint.errors import SetpointError, Unavailable

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 40.0
"""A stream that tells nothing for so long is dead: the service sends at least a heartbeat each 15 seconds."""


class Within(NamedTuple):
    """How many seconds it may take to connect, and then to be told anything at all."""

    connect: float
    read: float


_ALWAYS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"setpoint/{__version__}"}

STREAM = Within(CONNECT_SECONDS, SILENCE_SECONDS)


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

    def within(self, now: float) -> Within:
        """How long the next try may take."""
        left = self.patience.left(now - self.began)
        return Within(min(left, CONNECT_SECONDS), left + self.call.wait_seconds)

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


def trust(place: Place) -> ssl.SSLContext:
    """What certificates are checked by. To read the system's takes 20 ms, which plain HTTP can do without."""
    if place.url.startswith("https:"):
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def proxy(place: Place) -> str | None:
    """The proxy that the environment names for it; nothing on this machine is behind one."""
    if place.loopback:
        return None
    from urllib.request import getproxies, proxy_bypass  # slow to import

    parts = urlsplit(place.url)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def headers(place: Place, call: Call[Any]) -> dict[str, str]:
    found = {**_ALWAYS, **call.headers}
    if place.token is not None:
        found["Authorization"] = f"Bearer {place.token}"
    if call.body is not None:
        found["Content-Type"] = "application/json"
    return found


def content(call: Call[Any]) -> bytes | None:
    return None if call.body is None else json.dumps(call.body, allow_nan=False).encode()


def target(call: Call[Any]) -> str:
    """Its path, with its parameters."""
    if not call.params:
        return call.path
    params = [f"{name}={quote(value, safe='')}" for name, value in call.params.items()]
    return f"{call.path}?{'&'.join(params)}"


def unreached(place: Place, error: Exception, *, unsent: bool) -> Failed:
    """A connection that failed, as a try that did."""
    return Failed(Unreachable(f"{place.url} {_what(error, unsent=unsent)}"), unsent=unsent)


def _what(error: Exception, *, unsent: bool) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    said = str(error) or type(error).__name__
    return f"can't be reached: {said}" if unsent else f"broke off: {said}"


def refused(error: SetpointError, at_least: float) -> SetpointError | Failed:
    """A refusal for good as it is; one for now as a try that failed."""
    return Failed(error, at_least=at_least) if isinstance(error, Unavailable) else error
