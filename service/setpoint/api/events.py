"""What happens to runs, as server-sent events. Advisory: no correctness rests on their delivery."""

import random
import re
from asyncio import get_running_loop
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import partial
from typing import Annotated, Any, TypeAlias

import orjson
from fastapi import APIRouter, Query
from fastapi.requests import Request
from fastapi.responses import Response

from setpoint.access.token import Token
from setpoint.api.asgi import LASTING, Headers, Receive, Scope, Send
from setpoint.api.asking import RunName, coordinator, tokens_of, who
from setpoint.api.leases import Lease
from setpoint.api.openapi import answered
from setpoint.api.streams import is_disconnected
from setpoint.api.strict import StrictRoute
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.watch import Ended, Reset, WatcherOfAll
from setpoint.errors import Fault, InvalidRequest, Unavailable
from setpoint.runs.event import Recorded
from setpoint.runs.settings import Settings
from setpoint.wire.event import Told, told_event

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["events"])

HEARTBEAT_SECONDS = 15.0
"""A comment is sent after so much silence, so that a dead connection is noticed on both sides. As often it is looked
whether anybody listens, for sending to nobody fails in silence."""

_HEARTBEAT = b":\n\n"
_STREAM = "text/event-stream"
_ID = re.compile(r"(0|[1-9][0-9]{0,15})(?:-([0-9a-f]{8}))?")
"""A number, which rises by one, and after a restore also in which life of the store the event has it."""
_HEADERS: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

Tell: TypeAlias = Callable[[], Awaitable[bytes]]
"""What is next, as soon as there is something; nothing after a while."""

After = Annotated[
    str | None,
    Query(
        description="The id of the last event that is known, as it was told and as in Last-Event-ID; only what comes "
        "after it is told. Of a run, `0` begins with its creation."
    ),
]


_LAST: dict[str, Any] = {
    "parameters": [
        {
            "name": "Last-Event-ID",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "The same, as browsers send it when they come back.",
        }
    ]
}


@router.get(
    "/runs/{run}/events",
    operation_id="watch_run",
    responses=answered(Told, "Events.", others=[_STREAM]),
    openapi_extra=_LAST,
)
async def of_run(request: Request, run: RunName, after: After = None) -> Response:
    """What happens to a run, from now on or from an event on: ids rise by one, without gap or duplicate, or `reset`."""
    since = _after(request, after)
    known = None if since is None else _ID.fullmatch(since)
    if since is not None and known is None:
        raise InvalidRequest("there is no such event", faults=[Fault("/after", "must be the id of an event")])
    runs = coordinator(request)
    watcher = await (runs.subscribe(run) if known is None else runs.subscribe(run, int(known[1]), known[2] or ""))
    settings = (await runs.look(run)).settings

    async def told() -> bytes:
        recorded = await watcher.next(HEARTBEAT_SECONDS)
        return b"".join(_FRAMES.of(run, watcher.life, settings, each) for each in recorded)

    return _stream(request, told, watcher.close)


@router.get(
    "/events",
    operation_id="watch_runs",
    responses=answered(Told, "Events.", others=[_STREAM]),
    openapi_extra=_LAST,
)
async def of_all(request: Request, after: After = None) -> Response:
    """What happens to all runs. The ids are cursors: to be sent back as they are."""
    runs = coordinator(request)
    watcher = await runs.subscribe_all(_after(request, after))
    return _stream(request, partial(_told_of_all, runs, watcher, who(request.scope)))


def _stream(request: Request, told: Tell, close: Callable[[], None] | None = None) -> Response:
    """As long as the reader's token counts, and is not used for too many."""
    token, state = who(request.scope), request.app.state
    lease = None if token is None else state.leases.lease(token, tokens_of(request))
    return Events(told, state.standing.dropped, lease, close)


def _after(request: Request, after: str | None) -> str | None:
    """Where to go on: a browser that comes back says it in a header."""
    return request.headers.get("last-event-id") or after


async def _told_of_all(runs: Coordinator, watcher: WatcherOfAll, token: Token | None) -> bytes:
    while True:
        placed = await watcher.next(HEARTBEAT_SECONDS)
        lines: list[bytes] = []
        for each in placed:
            if token is not None and not token.covers(each.run):
                continue
            settings = (await runs.look(each.run)).settings
            told = told_event(each.run, settings, each.recorded)
            lines.append(framed(each.cursor, each.recorded.event.kind, told))
        if lines or not placed:  # a heartbeat comes of silence, and not of what others may see
            return b"".join(lines)


def framed(id_: str | None, kind: str, data: Any) -> bytes:
    """One event as it goes over the wire."""
    head = b"" if id_ is None else b"id: " + id_.encode() + b"\n"
    return head + b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


class Frames:
    """Events as they go over the wire: written once for all who watch."""

    def __init__(self, most: int = 1024) -> None:
        self._most = most
        self._frames: dict[tuple[str, int, str], tuple[Recorded, bytes]] = {}

    def of(self, name: str, life: str, settings: Settings, recorded: Recorded) -> bytes:
        known = self._frames.get((name, recorded.id, life))
        if known is not None and known[0] is recorded:
            return known[1]
        id_ = f"{recorded.id}-{life}" if life else str(recorded.id)
        frame = framed(id_, recorded.event.kind, told_event(name, settings, recorded))
        if len(self._frames) >= self._most:
            del self._frames[next(iter(self._frames))]
        self._frames[name, recorded.id, life] = recorded, frame
        return frame


_FRAMES = Frames()


class Events(Response):
    """A stream of events that ends when its reader goes, falls behind, or counts no more, or the service shuts down.

    `told` gives what is next, as soon as there is something, and nothing after a while. Whether anybody listens is
    looked at now and then: a task each that waits for that would take a seventh of a watcher's memory.
    """

    def __init__(
        self,
        told: Tell,
        dropped: Counter[str],
        lease: Lease | None = None,
        close: Callable[[], None] | None = None,
    ) -> None:
        self.status_code = 200
        self.raw_headers = _HEADERS
        self.background = None
        self._told = told
        self._dropped = dropped
        self._lease = lease
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leaves itself to the door: else all that the framework keeps for a request would be kept as long as this."""
        scope[LASTING] = self

    async def last(self, receive: Receive, send: Send) -> None:
        """Tell until the end."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            # Not all come back at once after a restart: each is told another time to wait.
            await _sent(send, b"retry: %d\n\n" % random.randint(500, 3000))
            with self._lease.held() if self._lease is not None else nullcontext():
                await self._tell(receive, send)
        except (Ended, Unavailable) as ended:  # without its journal a stream can say no more either: come back
            if isinstance(ended, Reset):
                self._dropped[ended.reason] += 1
            await _sent(send, framed(None, "reset" if isinstance(ended, Reset) else "bye", {}))
            await send({"type": "http.response.body", "body": b""})
        finally:
            if self._close is not None:
                self._close()

    async def _tell(self, receive: Receive, send: Send) -> None:
        now = get_running_loop().time
        looked = now()
        while True:
            chunk = await self._told()
            if not chunk or now() - looked >= HEARTBEAT_SECONDS:
                if is_disconnected(receive):
                    return
                looked = now()
            if self._lease is not None and not self._lease.counts():
                raise Ended
            await _sent(send, chunk or _HEARTBEAT)


async def _sent(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
