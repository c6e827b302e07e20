"""What the routes about runs have in common: who asks, under which condition, and of whom."""

import re
from hashlib import blake2b
from typing import Annotated, Any

import orjson
from fastapi import Path
from fastapi.requests import Request

from setpoint.access.scope import Scope as AccessScope
from setpoint.access.token import Token
from setpoint.api.asgi import Scope
from setpoint.api.gate import WHO, Gate, address
from setpoint.coordination.coordinator import Coordinator, Outcome
from setpoint.coordination.tokens import Tokens
from setpoint.errors import AuthOff, Fault, Forbidden, InvalidRequest
from setpoint.runs.command import Command, Condition, PlanTag
from setpoint.runs.deciding.guards import plan_tag
from setpoint.runs.event import Key
from setpoint.runs.name import PATTERN, SHOWN
from setpoint.runs.state import Attempt, Run
from setpoint.schedules.spec import Model

RunName = Annotated[
    str, Path(pattern=PATTERN, json_schema_extra={**SHOWN}, description="The run's name.", examples=["resnet50"])
]
WorkerName = Annotated[
    str, Path(pattern=PATTERN, json_schema_extra={**SHOWN}, description="The worker's name.", examples=["rank0"])
]

CONDITIONAL: dict[str, Any] = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "examples": ["*"]},
            "description": "The ETag of the plan that it is meant for, or `*`.",
        },
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "Sent again with the same body it has no further effect, and the same answer.",
        },
    ]
}
"""The headers of requests that change a plan, for the documentation."""

_TAGS = re.compile(r'(W/)?"([^"]*)"')
_PLAN = re.compile(r"([1-9][0-9]{0,15})-([1-9][0-9]{0,15})-([1-9][0-9]{0,15})")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def coordinator(request: Request) -> Coordinator:
    """Where runs are worked on."""
    found: Coordinator = request.app.state.coordinator
    return found


async def done(request: Request, run: str, command: Command, *, dry_run: bool = False) -> Outcome:
    """`command`, carried out on the run in the name of who asks."""
    return await coordinator(request).handle(run, command, actor=actor(request.scope), dry_run=dry_run)


async def looked(request: Request, run: str) -> Run:
    """The run as far as it is durable."""
    return await coordinator(request).look(run)


def who(scope: Scope) -> Token | None:
    """The token of who asks; None where none is asked for."""
    found: Token | None = scope.get(WHO)
    return found


def actor(scope: Scope) -> str:
    """Who asks, and from where, for the audit log: `NAME@ADDRESS`, or the address alone where no token is asked for."""
    token = who(scope)
    return address(scope) if token is None else f"{token.name}@{address(scope)}"


def require(scope: Scope, least: AccessScope, why: str) -> None:
    """What is asked for needs more than its route does, where tokens are asked for.

    Raises:
        Forbidden: the token has a lower scope.
    """
    token = who(scope)
    if token is not None and token.scope < least:
        raise Forbidden(f"{why} needs the scope {least.word}, and the token {token.name} has {token.scope.word}")


def tokens_of(request: Request) -> Tokens:
    """The tokens of the service.

    Raises:
        AuthOff: it asks for none.
    """
    gate: Gate | None = request.app.state.gate
    if gate is None or gate.tokens is None:
        raise AuthOff("this service lets in whoever reaches it")
    return gate.tokens


def condition(request: Request) -> Condition | None:
    """What If-Match says; a tag that no plan ever had matches none, and so does a weak one."""
    lines = request.headers.getlist("if-match")
    if not lines:
        return None
    said = ", ".join(lines)
    if said.strip() == "*":
        return Condition(None)
    strong = (_PLAN.fullmatch(tag) for weak, tag in _TAGS.findall(said) if not weak)
    return Condition(tuple(PlanTag(*map(int, found.groups())) for found in strong if found))


def etag(run: Run, incarnation: int) -> str:
    tag = plan_tag(run, incarnation)
    return f'"{tag.incarnation}-{tag.attempt}-{tag.plan_version}"'


def key(request: Request, question: Model) -> Key | None:
    """The Idempotency-Key, with a fingerprint of what is asked: route and body, whatever the spelling."""
    lines = request.headers.getlist("idempotency-key")
    if not lines:
        return None
    name = lines[0]
    if len(lines) > 1 or not _KEY.fullmatch(name):
        detail = "must be 1 to 255 printable ASCII characters without spaces, given once"
        raise InvalidRequest("the Idempotency-Key is not one", faults=[Fault("/Idempotency-Key", detail)])
    asked = [request.scope["route"].operation_id, question.model_dump(mode="json", exclude_none=True)]
    return Key(name, blake2b(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest())


def attempt_of(run: Run, number: int | None) -> Attempt:
    """The attempt with that number, or the current one.

    Raises:
        InvalidRequest: there is none with that number.
    """
    if number is None:
        return run.attempt
    if not 1 <= number <= run.attempt.number:
        detail = f"there is no attempt {number}: the current one is {run.attempt.number}"
        raise InvalidRequest(detail, faults=[Fault("/attempt", detail)])
    return run.attempts[number - 1]
