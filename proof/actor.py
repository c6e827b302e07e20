"""What workers, operators and watchers have in common: a service that keeps dying, and patience with it."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from proof.caller import Caller, Lost, Reply
from proof.recorder import Recorder


class Over(Exception):
    """The history has come to its end."""


@dataclass(slots=True)
class Stage:
    """What all actors of a history share. `plans` are the runs' settings, in the order of the recorder's names."""

    ports: list[int]
    """Of the service's replicas. Each request goes to any of them."""
    recorder: Recorder
    plans: list[Mapping[str, object]]
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Actor:
    """One who asks, again and again with the very same request, until there is an answer."""

    def __init__(self, stage: Stage, name: str, seed: str) -> None:
        self.stage = stage
        self.recorder = stage.recorder
        self.name = name
        self.chance = random.Random(seed)
        self._callers = [Caller(port) for port in stage.ports]
        self._seconds = [Caller(port) for port in stage.ports]
        self._requests = 0

    def path(self, run: int) -> str:
        return f"/v1/runs/{self.recorder.names[run]}"

    def fresh(self) -> str:
        """A name for a request, and its idempotency key."""
        self._requests += 1
        return f"{self.name}-{self._requests}"

    async def answered(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[Reply, int]:
        """The answer, and when the delivery that it answers was sent.

        Raises:
            Over: there will be none.
        """
        while not self.stage.over.is_set():
            sent = self.recorder.tick()
            try:
                reply = await self._any(self._callers).ask(method, path, body, headers)
            except Lost:
                reply = None
            if reply is not None and reply.status != 503:
                self._noted(method, path, reply)
                return reply, sent
            await asyncio.sleep(self.chance.uniform(0.001, 0.012))
        raise Over

    async def twice(
        self, method: str, path: str, body: object, headers: Mapping[str, str] | None = None
    ) -> list[tuple[Reply, int]]:
        """Two deliveries of one request at the same time, as far as they are answered."""
        sent = self.recorder.tick()
        both = (self._any(each).ask(method, path, body, headers) for each in (self._callers, self._seconds))
        replies = await asyncio.gather(*both, return_exceptions=True)
        return [(reply, sent) for reply in replies if isinstance(reply, Reply) and reply.status != 503]

    def _any(self, callers: list[Caller]) -> Caller:
        return callers[0] if len(callers) == 1 else self.chance.choice(callers)

    def _noted(self, method: str, path: str, reply: Reply) -> None:
        kind = path.partition("?")[0].split("/", 4)[-1].split("/")[0] if "/" in path[9:] else "run"
        self.recorder.statuses[f"{method} {kind} {reply.status} {reply.problem}".strip()] += 1

    def close(self) -> None:
        for each in (*self._callers, *self._seconds):
            each.close()
