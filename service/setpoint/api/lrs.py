"""The learning rate of a run's epoch: looked at, or sealed."""

import re
from collections.abc import Callable
from typing import Annotated, cast

from fastapi import APIRouter, Query
from fastapi.requests import Request
from fastapi.responses import Response
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from setpoint.api import negotiate, replies
from setpoint.api.asgi import Scope
from setpoint.api.asking import RunName, attempt_of, coordinator, done, looked
from setpoint.api.openapi import answered
from setpoint.api.replies import JSON, TEXT, Reply
from setpoint.api.standing import Standing
from setpoint.api.strict import CountText, EpochText, StrictRoute
from setpoint.coordination.coordinator import Coordinator, Outcome
from setpoint.errors import MetricAwaited
from setpoint.runs.command import CheckIn
from setpoint.runs.deciding import guards
from setpoint.runs.state import Run
from setpoint.wire.lr import Lr, lr, sealed_lr

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["runs"])

RUNS_AT = "/v1/runs/"
LONGEST_WAIT = 300.0
_SECONDS = re.compile(r"(?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,6})?")


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _SECONDS.fullmatch(value) or float(value) > LONGEST_WAIT:
        raise PydanticCustomError("seconds", "must be a number of seconds up to 300, such as 30 or 2.5")
    return float(value)


WaitText = Annotated[
    float | None,
    BeforeValidator(_seconds),
    Query(description="Wait up to so many seconds until it is sealed."),
]


@router.get("/runs/{run}/lr", operation_id="get_run_lr", responses=answered(Lr, "The learning rate.", others=[TEXT]))
async def look(
    request: Request,
    run: RunName,
    epoch: EpochText | None = None,
    attempt: CountText | None = None,
    wait: WaitText = None,
) -> Response:
    """The learning rate of an epoch: sealed, or what is planned, marked so. Looking never seals."""
    media_type = negotiate.choose(request.headers.get("accept"), (JSON, TEXT))
    found = await looked(request, run)
    asked = attempt_of(found, attempt)
    at = asked.position if epoch is None else epoch
    guards.since_start(found, at)
    if wait is not None and at >= asked.frontier:
        found = await _sealed(request, run, at, attempt, wait)
        asked = attempt_of(found, attempt)
    reply = answer(found, asked.number, at, is_named=attempt is not None, media_type=media_type)
    return replies.unless_had(reply, request.headers.get("if-none-match"))


async def _sealed(request: Request, run: str, epoch: int, attempt: int | None, seconds: float) -> Run:
    """The run once `epoch` is sealed in `attempt`, or in the one that is current by then.

    Raises:
        NotSealed: it was not sealed in time.
        StaleAttempt, RunFinished, RunArchived: it never will be.
    """

    def is_decided(now: Run) -> bool:
        asked = attempt_of(now, attempt)
        return epoch < asked.frontier or asked is not now.attempt or now.state != "running"

    found = await _reached(request, run, is_decided, seconds)
    asked = attempt_of(found, attempt)
    if epoch >= asked.frontier:
        guards.current(found, asked.number, asked.incarnation)
        guards.running(found)
    sealed_lr(found, asked, epoch)
    return found


@router.put("/runs/{run}/lr", operation_id="seal_run_lr", responses=answered(Lr, "The learning rate, sealed."))
async def seal(
    request: Request, run: RunName, epoch: EpochText, attempt: CountText = 1, wait: WaitText = None
) -> Response:
    """Seal an epoch without a worker's name, and all before it; its learning rate is the same for ever."""
    outcome = await granted(request, run, CheckIn(None, epoch, attempt), wait)
    return replies.json(sealed_lr(outcome.run, outcome.run.attempt, epoch))


async def granted(request: Request, run: str, asked: CheckIn, wait: float | None) -> Outcome:
    """The check-in, carried out as soon as the metric that it awaits is decided, or another attempt is opened."""
    try:
        return await done(request, run, asked)
    except MetricAwaited as awaited:
        if wait is None:
            raise
        epoch = cast(int, awaited.extra["epoch"])

    def is_settled(now: Run) -> bool:
        return now.attempt.number != asked.attempt or now.state != "running" or now.attempt.ledger.is_past(epoch)

    await _reached(request, run, is_settled, wait)
    return await done(request, run, asked)


async def _reached(request: Request, run: str, reached: Callable[[Run], bool], seconds: float) -> Run:
    """The run once it has `reached` something, or as it is when the time is over."""
    standing: Standing = request.app.state.standing
    with standing.under_way.wait(seconds) as left:
        return await coordinator(request).wait_for(run, reached, left)


def answer(run: Run, attempt: int, epoch: int, *, is_named: bool, media_type: str = JSON) -> Reply:
    """`GET .../lr`: the only writer of this answer. It may be kept where nothing about it can ever change."""
    said = lr(run, run.attempts[attempt - 1], epoch)
    if media_type == TEXT:
        return replies.of(replies.dumps(said["lr"]) + b"\n", TEXT, headers=[replies.UNKEPT, replies.VARY])
    body = replies.dumps(said)
    if said["sealed"] and is_named:
        return replies.of(body, headers=[*replies.for_ever(body), replies.VARY])
    return replies.of(body, headers=[replies.UNKEPT, replies.VARY])


class Hot:
    """The sealed learning rates that were asked for lately, each ready to be sent again.

    Only what is sealed in the attempt that is current (or named) is here, so nothing here can ever be wrong.
    """

    _PATH = re.compile(r"/v1/runs/([A-Za-z0-9][A-Za-z0-9._-]{0,127})/lr\Z")
    _QUERY = re.compile(rb"epoch=(0|[1-9][0-9]{0,14})(?:&attempt=([1-9][0-9]{0,14}))?\Z")

    def __init__(self, most: int = 16_384) -> None:
        self.runs: Coordinator | None = None
        self._most = most
        self._replies: dict[tuple[str, bytes, int], Reply] = {}
        self._names: dict[str, str] = {}
        self._lives = 0

    def lookup(self, scope: Scope) -> Reply | None:
        runs, path, query = self.runs, scope["path"], scope["query_string"]
        name = self._names.get(path) or self._named(path)
        if runs is None or name is None:
            return None
        if runs.lives != self._lives:  # an attempt of this number may be another than before
            self._lives = runs.lives
            self._replies.clear()
        run = runs.peek(name)
        if run is None:
            return self._kept(runs.known(name), path, query)
        found = self._replies.get((path, query, run.attempt.number))
        return found or self._made(run, path, query)

    def _named(self, path: str) -> str | None:
        named = self._PATH.match(path)
        if named is None:
            return None
        if len(self._names) >= self._most:
            self._names.clear()
        self._names[path] = named[1]
        return named[1]

    def _kept(self, run: Run | None, path: str, query: bytes) -> Reply | None:
        """What was sealed in a named attempt of a run that has to be read anew: that needs no database to be true."""
        return self._made(run, path, query) if run is not None and b"attempt" in query else None

    def _made(self, run: Run, path: str, query: bytes) -> Reply | None:
        asked = self._QUERY.match(query)
        if asked is None:
            return None
        epoch, number = int(asked[1]), int(asked[2] or run.attempt.number)
        if not 1 <= number <= run.attempt.number:
            return None
        attempt = run.attempts[number - 1]
        if not attempt.sealed.start <= epoch < attempt.frontier:
            return None
        reply = answer(run, number, epoch, is_named=asked[2] is not None)
        if len(self._replies) >= self._most:
            self._replies.clear()
        self._replies[path, query, run.attempt.number] = reply
        return reply
