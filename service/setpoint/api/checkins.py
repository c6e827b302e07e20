"""Check-ins as clients spell them, answered without the documented route: the same bytes by the same coordinator."""

import re
from typing import NamedTuple

from setpoint.api import problems, replies
from setpoint.api.asgi import ASGI, Message, Receive, Scope, Send
from setpoint.api.asking import actor
from setpoint.api.replies import Reply
from setpoint.api.standing import Standing
from setpoint.coordination.coordinator import Coordinator
from setpoint.errors import SetpointError
from setpoint.runs.command import CheckIn, Held
from setpoint.runs.state import Run
from setpoint.wire.worker import checked_in

_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}"
_PATH = re.compile(rf"/v1/runs/({_NAME})/workers/({_NAME})\Z")
_NUMBER = rb"(0|[1-9][0-9]{0,14})"
_COUNT = rb"([1-9][0-9]{0,14})"
_HELD = rb'"start": ?%b, ?"stop": ?%b, ?"digest": ?"([0-9a-f]{32})", ?"incarnation": ?%b' % (_NUMBER, _NUMBER, _COUNT)
_BODY = re.compile(
    rb'\{"epoch": ?%b(?:, ?"attempt": ?%b)?(?:, ?"lookahead": ?%b)?(?:, ?"held": ?\{%b\})?\}'
    % (_NUMBER, _COUNT, _NUMBER, _HELD)
)
"""The fields in the order of the documentation, numbers in plain digits; `json.dumps` writes it with spaces."""


class Route(NamedTuple):
    """What requests are counted under."""

    path: str


ROUTE = Route("/v1/runs/{run}/workers/{worker}")


class CheckIns:
    """`app`, with the check-ins that need no second look answered before it. `runs` is there once they are."""

    def __init__(self, app: ASGI, standing: Standing) -> None:
        self.runs: Coordinator | None = None
        self._app = app
        self._standing = standing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = _PATH.match(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if named is None or self.runs is None or scope["query_string"]:
            await self._app(scope, receive, send)
            return
        message = await receive()
        body = None if message.get("more_body") else _BODY.fullmatch(message.get("body", b""))
        if body is None:
            await self._app(scope, _again(message, receive), send)
            return
        scope["route"] = ROUTE
        reply = await self._reply(self.runs, named[1], _asked(named[2], body), actor(scope))
        await send(reply.start)
        await send(reply.end)

    async def _reply(self, runs: Coordinator, run: str, asked: CheckIn, who: str) -> Reply:
        try:
            outcome = await runs.handle(run, asked, actor=who)
        except SetpointError as error:
            self._standing.refused(error)
            return problems.reply(error)
        return answer(outcome.run, asked)


def answer(run: Run, asked: CheckIn) -> Reply:
    """What a check-in is told: the only writer of this answer."""
    return replies.json(checked_in(run, asked))


def _asked(worker: str, body: re.Match[bytes]) -> CheckIn:
    epoch, attempt, lookahead, start, stop, digest, incarnation = body.groups()
    held = Held(int(start), int(stop), digest.decode(), int(incarnation)) if digest else None
    return CheckIn(worker, int(epoch), int(attempt or 1), int(lookahead or 0), held)


def _again(message: Message, receive: Receive) -> Receive:
    """`receive`, with a message that was taken put back."""
    taken = [message]

    async def received() -> Message:
        return taken.pop() if taken else await receive()

    return received
