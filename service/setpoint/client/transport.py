"""Asks a service, and asks again where that can do no harm. Safe to share between threads, and across a fork."""

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from setpoint.client import answer, http
from setpoint.client.answer import Answer
from setpoint.client.call import Call
from setpoint.client.connections import Connections, Unopened
from setpoint.client.exchange import Reply
from setpoint.client.http import Within
from setpoint.client.place import Place
from setpoint.client.refusal import refusal
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
        self.is_closed = False
        self._patience = patience
        self._draw, self._clock, self._sleep = draw, clock, sleep
        self._owner = os.getpid()
        self._connections = Connections(place)

    def ask(self, call: Call[T], patience: Patience | None = None) -> Answer[T]:
        """The answer to `call`.

        Raises:
            Unavailable: there was none until the deadline, or none came and asking twice might do it twice.
            SetpointError: what the service raised.
        """
        tries = http.Tries(call, patience or self._patience, self._clock())
        while True:
            try:
                return self._once(call, tries.within(self._clock()))
            except http.Failed as failed:
                self._sleep(tries.pause(failed, self._clock(), self._draw()))

    @contextmanager
    def stream(self, call: Call[Any]) -> Generator[Iterator[bytes]]:
        """The answer to `call` in parts, as they come.

        Raises:
            SetpointError: what the service raised; Unavailable where it can't be reached, or breaks off.
        """
        try:
            with self._sent(call, http.STREAM) as reply:
                if reply.status != 200:
                    raise refusal(reply.status, reply.headers, reply.read())
                yield reply.parts()
        except http.Failed as failed:
            raise failed.error from failed.__cause__

    def close(self) -> None:
        """End the connections; who reads a stream reads no further."""
        self.is_closed = True
        self._connections.close()

    def __enter__(self) -> "Transport":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _once(self, call: Call[T], within: Within) -> Answer[T]:
        with self._sent(call, within) as reply:
            content = reply.read()
        try:
            return answer.read(reply.status, reply.headers, content)
        except SetpointError as error:
            raise http.refused(error, retry_after(reply.headers.get("retry-after"))) from None

    @contextmanager
    def _sent(self, call: Call[Any], within: Within) -> Generator[Reply]:
        """What comes back; a connection of which not all is read is of no further use.

        Raises:
            Failed: the connection did.
        """
        connections = self._own()
        try:
            with connections.lent(within) as sock:
                sock.sendall(connections.request(call))
                reply = Reply(sock)
                yield reply
                if not reply.is_over:
                    sock.close()
        except Unopened as unopened:
            raise http.unreached(self.place, unopened.why, unsent=True) from unopened.why
        except OSError as error:
            raise http.unreached(self.place, error, unsent=False) from error

    def _own(self) -> Connections:
        """The connections of this process: a forked one must not speak on those of its parent, nor close them."""
        if self._owner != os.getpid():
            self._connections = Connections(self.place)
            self._owner = os.getpid()
        return self._connections
