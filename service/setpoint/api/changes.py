"""Changing a run's plan, going back, and the log of both."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.requests import Request
from fastapi.responses import Response
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from setpoint.access.scope import Scope as AccessScope
from setpoint.api import plans, replies
from setpoint.api.asgi import Headers
from setpoint.api.asking import CONDITIONAL, RunName, condition, coordinator, done, etag, key, looked, require
from setpoint.api.bodies import AttemptQuestion
from setpoint.api.openapi import answered
from setpoint.api.questions import Points
from setpoint.api.strict import StrictRoute
from setpoint.coordination.coordinator import Outcome
from setpoint.errors import Fault, InvalidRequest
from setpoint.runs.change import AnyChange
from setpoint.runs.command import ChangePlan, OpenAttempt
from setpoint.runs.event import AttemptOpened, Changed, Key, Recorded
from setpoint.wire import change as wire
from setpoint.wire.change import Log, Opened, Receipt

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["changes"])

_FLAGS: dict[object, bool] = {"true": True, "false": False}


def _flag(value: object) -> bool:
    if isinstance(value, bool):  # the default
        return value
    if value not in _FLAGS:
        raise PydanticCustomError("flag", "must be true or false")
    return _FLAGS[value]


DryRun = Annotated[bool, BeforeValidator(_flag), Query(description="Say what it would do, and do nothing.")]
CurveText = Annotated[
    Points | None,
    Query(description="A dry run tells the `curve` as well, as it would be: at most so many epochs of it."),
]


@router.post(
    "/runs/{run}/changes",
    operation_id="change_plan",
    status_code=201,
    responses=answered(
        Receipt, "What it would do (dry run).", created="Done: from when on it holds, and what it does there."
    ),
    openapi_extra=CONDITIONAL,
)
async def change(
    request: Request, run: RunName, question: AnyChange, dry_run: DryRun = False, points: CurveText = None
) -> Response:
    """Change the plan from some epoch on. Sealed epochs never change: it takes effect at the first unsealed one."""
    if not (question.reason or "").strip():
        raise InvalidRequest(
            "a change needs a reason", faults=[Fault("/reason", "is required: it is what the log says")]
        )
    sent_key = key(request, question)
    command = ChangePlan(question, condition(request), sent_key)
    outcome = await done(request, run, command, dry_run=dry_run)
    recorded = _led_to(outcome, sent_key)
    assert isinstance(recorded.event, Changed)
    receipt = wire.receipt(outcome.run, recorded.event, recorded.origin)
    return _receipt(request, outcome, replies.dumps(receipt), is_dry=dry_run, points=points)


@router.post(
    "/runs/{run}/attempts",
    operation_id="open_attempt",
    status_code=201,
    responses=answered(Opened, "What it would do (dry run).", created="The new attempt."),
    openapi_extra=CONDITIONAL,
)
async def open_attempt(
    request: Request, run: RunName, question: AttemptQuestion, dry_run: DryRun = False, points: CurveText = None
) -> Response:
    """Go back, or resume: a new attempt from an epoch on. Workers of the old one are told at their next contact."""
    if question.changes or question.keep != "values":
        require(request.scope, AccessScope.OPERATOR, "an attempt with another plan")
    sent_key = key(request, question)
    command = OpenAttempt(
        question.from_epoch,
        condition(request),
        question.keep,
        question.changes,
        question.parent,
        question.checkpoint,
        question.reason,
        sent_key,
    )
    outcome = await done(request, run, command, dry_run=dry_run)
    recorded = _led_to(outcome, sent_key)
    assert isinstance(recorded.event, AttemptOpened)
    opened = wire.opened(outcome.run, recorded.event, recorded.origin)
    return _receipt(request, outcome, replies.dumps(opened), is_dry=dry_run, points=points)


def _led_to(outcome: Outcome, sent_key: Key | None) -> Recorded:
    """What the request did: now, or when its key was first seen."""
    if outcome.recorded:
        return outcome.recorded[0]
    assert sent_key is not None, "only a repeat does nothing"
    return outcome.run.keys[sent_key.name]


def _receipt(request: Request, outcome: Outcome, body: bytes, *, is_dry: bool, points: int | None) -> Response:
    if is_dry and points is not None:
        body = body[:-1] + b',"curve":' + plans.told(outcome.run, points) + b"}"
    tag = etag(outcome.run, coordinator(request).incarnation)
    headers: Headers = [replies.UNKEPT]
    if not is_dry:
        headers.append((b"etag", tag.encode()))
    return replies.of(body, status=200 if is_dry else 201, headers=headers)


@router.get("/runs/{run}/changes", operation_id="list_changes", responses=answered(Log, "The audit log, oldest first."))
async def changes(request: Request, run: RunName) -> Response:
    """Who changed what, when and why: every change and every attempt, oldest first."""
    found = await looked(request, run)
    return replies.json(
        {"run": run, "changes": [wire.audited(found, each) for each in found.changes]}, headers=[replies.UNKEPT]
    )
