"""Asks a service from asyncio; else as `transport` does."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx

from setpoint.client import answer, http
from setpoint.client.answer import Answer
from setpoint.client.call import Call
from setpoint.client.http import Within
from setpoint.client.place import Place
from setpoint.client.refusal import refusal
from setpoint.client.retry import PATIENT, Patience, drawn, retry_after
from setpoint.errors import SetpointError

T = TypeVar("T")

_LIMITS = httpx.Limits(max_connections=8, max_keepalive_connections=8, keepalive_expiry=600)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class AsyncTransport:
    """The connections to one service, of one event loop. Close it: none outlives that.

    httpx's transport is used without its client, which would log a line for each request into the training's own log.
    """

    def __init__(self, place: Place, patience: Patience = PATIENT, *, draw: Callable[[], float] = drawn) -> None:
        self.place = place
        self._patience = patience
        self._draw = draw
        self._pool = httpx.AsyncHTTPTransport(verify=http.trust(place), limits=_LIMITS, proxy=http.proxy(place))

    async def ask(self, call: Call[T], patience: Patience | None = None) -> Answer[T]:
        """The answer to `call`.

        Raises:
            Unavailable: there was none until the deadline, or none came and asking twice might do it twice.
            SetpointError: what the service raised.
        """
        tries = http.Tries(call, patience or self._patience, time.monotonic())
        while True:
            try:
                return await self._once(call, tries.within(time.monotonic()))
            except http.Failed as failed:
                await asyncio.sleep(tries.pause(failed, time.monotonic(), self._draw()))

    @asynccontextmanager
    async def stream(self, call: Call[Any]) -> AsyncGenerator[AsyncIterator[bytes]]:
        """The answer to `call` in parts, as they come.

        Raises:
            SetpointError: what the service raised; Unavailable where it can't be reached, or breaks off.
        """
        try:
            response = await self._pool.handle_async_request(self._request(call, http.STREAM))
            try:
                if response.status_code != 200:
                    raise refusal(response.status_code, response.headers, await response.aread())
                yield response.aiter_raw()
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise self._unreached(error).error from error

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def __aenter__(self) -> "AsyncTransport":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _once(self, call: Call[T], within: Within) -> Answer[T]:
        try:
            response = await self._pool.handle_async_request(self._request(call, within))
            try:
                content = await response.aread()
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise self._unreached(error) from error
        try:
            return answer.read(response.status_code, response.headers, content)
        except SetpointError as error:
            raise http.refused(error, retry_after(response.headers.get("retry-after"))) from None

    def _request(self, call: Call[Any], within: Within) -> httpx.Request:
        seconds = {"connect": within.connect, "read": within.read, "write": within.read, "pool": within.read}
        return httpx.Request(
            call.method,
            self.place.url + http.target(call),
            headers=http.headers(self.place, call),
            content=http.content(call),
            extensions={"timeout": seconds},
        )

    def _unreached(self, error: httpx.TransportError) -> http.Failed:
        why = TimeoutError() if isinstance(error, httpx.TimeoutException) else error
        return http.unreached(self.place, why, unsent=isinstance(error, _UNSENT))
