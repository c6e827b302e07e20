"""Asks a service, and asks again where that can do no harm. Safe to share between threads, and across a fork."""

import os
import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import httpx

from setpoint.client import answer, http
from setpoint.client.answer import Answer
from setpoint.client.call import Call
from setpoint.client.locate import Place
from setpoint.client.retry import PATIENT, Patience, drawn, retry_after
from setpoint.errors import SetpointError

T = TypeVar("T")


class Transport:
    """The connections to one service. Close it: none outlives that."""

    def __init__(
        self,
        place: Place,
        patience: Patience = PATIENT,
        *,
        draw: Callable[[], float] = drawn,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.place = place
        self._patience = patience
        self._draw, self._clock, self._sleep = draw, clock, sleep
        self._owner = os.getpid()
        self._pool = httpx.HTTPTransport(**http.settings(place))
        self._streams: set[socket.socket] = set()
        self.is_closed = False

    def ask(self, call: Call[T], patience: Patience | None = None) -> Answer[T]:
        """The answer to `call`.

        Raises:
            Unavailable: there was none until the deadline, or none came and asking twice might do it twice.
            SetpointError: what the service raised.
        """
        tries = http.Tries(call, patience or self._patience, self._clock())
        while True:
            try:
                return self._once(call, tries.timeout(self._clock()))
            except http.Failed as failed:
                self._sleep(tries.pause(failed, self._clock(), self._draw()))

    @contextmanager
    def stream(self, call: Call[Any]) -> Generator[Iterator[bytes]]:
        """The answer to `call` in parts, as they come.

        Raises:
            SetpointError: what the service raised; Unavailable where it can't be reached, or breaks off.
        """
        within = http.timeouts(http.CONNECT_SECONDS, http.SILENCE_SECONDS)
        with self._opened(call, within) as response:
            if response.status_code != 200:
                raise answer.refusal(response.status_code, response.headers, response.read())
            with self._breakable(response):
                yield response.iter_raw()

    def close(self) -> None:
        """End the connections; who reads a stream reads no further."""
        self.is_closed = True
        for stream in list(self._streams):
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)
        self._pool.close()

    def __enter__(self) -> "Transport":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _once(self, call: Call[T], within: dict[str, float]) -> Answer[T]:
        try:
            response = self._connected().handle_request(http.request(self.place, call, within))
            try:
                content = response.read()
            finally:
                response.close()
        except httpx.TransportError as error:
            raise http.unreached(self.place, error) from error
        try:
            return answer.read(response.status_code, response.headers, content)
        except SetpointError as error:
            raise http.refused(error, retry_after(response.headers.get("retry-after"))) from None

    @contextmanager
    def _opened(self, call: Call[Any], within: dict[str, float]) -> Generator[httpx.Response]:
        try:
            response = self._connected().handle_request(http.request(self.place, call, within))
            try:
                yield response
            finally:
                response.close()
        except httpx.TransportError as error:
            raise http.unreached(self.place, error).error from error

    @contextmanager
    def _breakable(self, response: httpx.Response) -> Generator[None]:
        """Let `close` wake who waits for more of `response`: to close a socket alone does not."""
        stream: socket.socket = response.extensions["network_stream"].get_extra_info("socket")
        self._streams.add(stream)
        try:
            yield
        finally:
            self._streams.discard(stream)

    def _connected(self) -> httpx.HTTPTransport:
        """The connections of this process: a forked one must not speak on those of its parent, nor close them."""
        if self._owner != os.getpid():
            self._pool = httpx.HTTPTransport(**http.settings(self.place))
            self._owner = os.getpid()
        return self._pool
