"""The door: one ASGI callable around everything. Guard, gate, what is known already, then the documented routes."""

import logging
from collections.abc import Sequence
from time import perf_counter

from setpoint.api import problems
from setpoint.api.asgi import ASGI, LASTING, Lasting, Message, Receive, Scope, Send
from setpoint.api.gate import Gate
from setpoint.api.guard import WHOLE, Guard, Seen, has_body, limited
from setpoint.api.heads import Heads
from setpoint.api.known import Known, is_plain
from setpoint.api.packing import Packing, unpacks
from setpoint.api.replies import Reply
from setpoint.api.request_id import is_given, named, request_id
from setpoint.api.requests import PATIENT, SLOW_SECONDS, Requests
from setpoint.api.standing import Standing
from setpoint.api.tally import Tally
from setpoint.errors import Busy, SetpointError, Unexpected

_log = logging.getLogger("setpoint")

NO_ROUTE = "none"
_READY = "setpoint.ready"
"""Is in the scope of a request that `at_once` has looked at: what it found out."""
_HEALTH = frozenset({"/livez", "/readyz"})


class Front:
    """Answers every request to the service; `app` has those that are not known, `before` may answer some before it."""

    def __init__(
        self,
        app: ASGI,
        guard: Guard | None = None,
        known: Sequence[Known] = (),
        tally: Tally | None = None,
        standing: Standing | None = None,
        before: ASGI | None = None,
        gate: Gate | None = None,
        requests: Requests | None = None,
    ) -> None:
        self.app = app
        self._asked = before or app
        self._guard = guard or Guard()
        self._gate = gate
        self._known = tuple(known)
        self._tally = tally or Tally()
        self._requests = requests or Requests()
        self.standing = standing or Standing()
        self.heads = Heads()
        self._under_way = self.standing.under_way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        route, reply = scope.pop(_READY, None) or self._ready(scope)
        if reply is None and self._under_way.is_full and scope["path"] not in _HEALTH:
            reply = problems.reply(Busy(f"{self._under_way.working} requests are under way"))
        if reply is None:
            route, code = await self._ask(scope, receive, send)
        else:
            code = reply.status_code
            await send(named(scope, reply.start) if code >= 400 or self._names(scope) else reply.start)
            await send(reply.end if scope["method"] != "HEAD" else _EMPTY)
        seconds = perf_counter() - began
        self._tally.add(route, scope["method"], code, seconds)
        if seconds > SLOW_SECONDS or self._requests.every:
            self._requests.answered(scope, route, code, seconds)

    def at_once(self, scope: Scope) -> Reply | None:
        """The answer to a request that needs no route, as `__call__` would give it; None where it has to be called.

        A server that asks here first saves itself a task, which is a third of what such a request costs.
        """
        if scope["method"] != "GET":
            return None
        began = perf_counter()
        route, reply = ready = self._ready(scope)
        if reply is None or reply.status_code != 200 or self._names(scope):
            scope[_READY] = ready
            return None
        self._tally.add(route, "GET", 200, perf_counter() - began)
        return reply

    def _names(self, scope: Scope) -> bool:
        """Whether the answer says the request's name though nothing is wrong."""
        return is_given(scope) or self._requests.every

    def _ready(self, scope: Scope) -> tuple[str, Reply | None]:
        """The answer that needs no route, if there is one, and the route that it stands in for."""
        try:
            seen: Seen | None = scope.get("setpoint.seen")
            if seen is None:  # else it is a request that was admitted before, whose bytes came again
                seen = scope["setpoint.seen"] = self._guard.admit(scope)
            if self._gate is not None:
                self._gate.admit(scope, seen)
        except SetpointError as refusal:
            return NO_ROUTE, problems.reply(refusal)
        if scope["method"] == "GET":
            path = scope["path"]
            for prefix, route, lookup in self._known:
                if path.startswith(prefix) and is_plain(seen):
                    return route, lookup(scope)
        return NO_ROUTE, None

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> tuple[str, int]:
        """The template of the route that answered, and its status."""
        answer = _Answer(scope, send, head=scope["method"] == "HEAD", names=self._names(scope))
        seen: Seen = scope["setpoint.seen"]
        inner: Scope = {**scope, "method": "GET"} if answer.head else scope
        # A check-in is short and in a hurry.
        send_it = answer.send if scope["method"] == "PUT" else Packing(answer.send, packs=unpacks(scope)).send
        try:
            self._under_way.working += 1
            try:
                comes = has_body(seen) and WHOLE not in scope
                await self._asked(inner, limited(receive) if comes else receive, send_it)
            finally:
                self._under_way.working -= 1
            lasting: Lasting | None = inner.pop(LASTING, None)
            if lasting is not None:
                _emptied(inner)
                scope[PATIENT] = True
                await lasting.last(receive, answer.send)
        except _HeadersSuffice:
            pass
        except Exception:
            extra = {"request_id": request_id(scope)}
            _log.exception("%s %s failed", scope["method"], scope["path"], extra=extra)
            if answer.code:  # too late for another answer: the connection's end is what tells of it
                raise
            await problems.reply(Unexpected("this request could not be answered"))(scope, receive, answer.send)
        return getattr(inner.get("route"), "path", NO_ROUTE), answer.code


_KEPT = frozenset({"type", "http_version", "client", "method", "path", "query_string", "headers", "route"})
"""What is told of a request at its end, and where it went."""


def _emptied(scope: Scope) -> None:
    """Let go of what the framework put into the scope: 3 KiB, which are not to be kept as long as a stream lasts."""
    for name in scope.keys() - _KEPT:
        if not name.startswith("setpoint."):
            del scope[name]


_EMPTY: Message = {"type": "http.response.body", "body": b""}


class _HeadersSuffice(Exception):
    """Ends the work on an answer whose body nobody asked for."""


class _Answer:
    """Looks at an answer as it passes: names its request where somebody may ask, keeps the body back from a HEAD."""

    __slots__ = ("_names", "_scope", "_send", "code", "head")

    def __init__(self, scope: Scope, send: Send, *, head: bool, names: bool) -> None:
        self._scope = scope
        self._names = names
        self._send = send
        self.head = head
        self.code = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.code = message["status"]
            if self._names or self.code >= 400:
                message = named(self._scope, message)
        elif self.head:
            await self._send(_EMPTY)
            raise _HeadersSuffice
        await self._send(message)
