"""A worker: it checks in, trains through its grant, looks back, comes late, says things twice, and never gives up."""

from typing import Any

from proof.actor import Actor, Over, Stage
from proof.caller import Reply
from proof.history import Source


class Worker(Actor):
    """Of one run. It begins in attempt 1 and learns of later ones as every worker does: by a 409."""

    def __init__(self, stage: Stage, name: str, seed: str, run: int, start: int) -> None:
        super().__init__(stage, name, seed)
        self._run = run
        self._attempt = 1
        self._epoch = start
        self._start = start
        self._held: dict[str, Any] | None = None

    async def work(self) -> None:
        """Until the history is over."""
        acts = (self._check_in, self._come_late, self._seal, self._look, self._measure, self._leave)
        try:
            while True:
                (act,) = self.chance.choices(acts, weights=(60, 10, 8, 17, 4, 1))
                await act()
        except Over:
            return
        finally:
            self.close()

    @property
    def _mine(self) -> str:
        return f"{self.path(self._run)}/workers/{self.name}"

    async def _check_in(self) -> None:
        grant = await self._checked_in(self._epoch)
        if grant is not None:
            self._held = {name: grant[name] for name in ("start", "stop", "digest", "incarnation")}
            self._epoch = self.chance.randint(grant["start"] + 1, grant["stop"])

    async def _come_late(self) -> None:
        await self._checked_in(self.chance.randint(self._start, self._epoch))

    async def _checked_in(self, epoch: int) -> dict[str, Any] | None:
        """The grant; or None where the worker is told that it is not where it thought."""
        lookahead = self.chance.choice((0, 0, 1, 4, 12, 32))
        body: dict[str, Any] = {"epoch": epoch, "attempt": self._attempt, "lookahead": lookahead}
        if self._held is not None and self.chance.random() < 0.5:
            body["held"] = self._held
        request = self.fresh()
        self.recorder.asked(self._run, self._attempt, epoch + 1 + lookahead, self.recorder.tick())
        if self.chance.random() < 0.1:
            for reply, sent in await self.twice("PUT", self._mine, body):
                self._take(request, reply, sent)
        reply, sent = await self.answered("PUT", self._mine, body)
        grant = self._take(request, reply, sent)
        if grant is not None and self.chance.random() < 0.1:
            self._take(request, *await self.answered("PUT", self._mine, body))
        return grant if body["attempt"] == self._attempt else None

    def _take(self, request: str, reply: Reply, sent: int) -> dict[str, Any] | None:
        if reply.status != 200:
            self._learn(reply)
            return None
        self.recorder.checked_in(request, self._run, reply.body, sent)
        found: dict[str, Any] = reply.body["grant"]
        return found

    def _learn(self, reply: Reply) -> None:
        """Go where the refusal says."""
        said = reply.body
        if reply.problem == "stale-attempt" and said["attempt"] > self._attempt:
            self._attempt, self._epoch, self._held = said["attempt"], said["from_epoch"], None
        elif reply.problem == "epoch-too-far":
            self._epoch = max(said.get("frontier", said.get("position", self._start)), self._start)

    async def _seal(self) -> None:
        self.recorder.asked(self._run, self._attempt, self._epoch + 1, self.recorder.tick())
        query = f"lr?epoch={self._epoch}&attempt={self._attempt}"
        reply, sent = await self.answered("PUT", f"{self.path(self._run)}/{query}")
        if reply.status == 200:
            self.recorder.looked(self._run, reply.body, sent, Source.SEAL, named=True)
        else:
            self._learn(reply)

    async def _look(self) -> None:
        epoch, named = max(self._start, self._epoch + self.chance.randint(-9, 3)), self.chance.random() < 0.5
        query = f"?epoch={epoch}" if self.chance.random() < 0.9 or named else ""
        query += f"&attempt={self._attempt}" if named else ""
        reply, sent = await self.answered("GET", f"{self.path(self._run)}/lr{query}")
        if reply.status == 200:
            self.recorder.looked(self._run, reply.body, sent, Source.LOOK, named=named)

    async def _measure(self) -> None:
        """The same value of the same epoch whenever it is reported, as a repeat would be."""
        epoch = self.chance.randint(self._start, self._epoch)
        body = {"value": (epoch * 7919 % 101) / 101, "attempt": self._attempt}
        reply, _ = await self.answered("PUT", f"{self._mine}/metrics/{epoch}", body)
        if reply.status != 200:
            self._learn(reply)

    async def _leave(self) -> None:
        await self.answered("DELETE", self._mine)
