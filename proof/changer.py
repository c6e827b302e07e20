"""An operator: changes of all kinds, attempts with keys, dry runs, conditions, and everything now and then twice."""

import asyncio
from typing import Any

from proof.actor import Actor, Over

_STEP = {"kind": "step", "initial_lr": 0.2, "step_size": 7, "gamma": 0.5}
_COSINE = {"kind": "cosine", "initial_lr": 0.15, "epochs": 400, "min_lr": 0.001}


class Changer(Actor):
    """Of all runs."""

    async def work(self) -> None:
        """Until the history is over."""
        acts = (self._change, self._open, self._finish)
        try:
            while True:
                (act,) = self.chance.choices(acts, weights=(80, 17, 3))
                await act(self.chance.randrange(len(self.recorder.names)))
                await asyncio.sleep(self.chance.uniform(0, 0.008))
        except Over:
            return
        finally:
            self.close()

    async def _change(self, run: int) -> None:
        change = self._drawn()
        if self.chance.random() < 0.4:
            change["epoch"] = await self._near(run)
        if self.chance.random() < 0.1:
            change["exact"] = True
        if change["op"] != "cancel" and self.chance.random() < 0.2:
            change["groups"] = [self.chance.choice(["lr", *self._groups(run)])]
        path, headers = f"{self.path(run)}/changes", await self._headers(run)
        if self.chance.random() < 0.1:
            await self.answered("POST", f"{path}?dry_run=true", change, headers)
        first_sent, key = self.recorder.tick(), headers["Idempotency-Key"]
        deliveries = await self.twice("POST", path, change, headers) if self.chance.random() < 0.15 else []
        deliveries.append(await self.answered("POST", path, change, headers))
        if self.chance.random() < 0.15:
            deliveries.append(await self.answered("POST", path, change, headers))
        for reply, _ in deliveries:
            if reply.status == 201:
                self.recorder.changed(key, run, reply.body, first_sent)

    def _drawn(self) -> dict[str, Any]:
        """A change of any kind."""
        draw = self.chance
        change: dict[str, Any] = draw.choice(
            (
                {"op": "scale", "factor": draw.choice((0.5, 0.9, 1.1, 2.0))},
                {"op": "set", "lr": draw.choice((0.0, 0.01, 0.3))},
                {"op": "hold"},
                {"op": "release"},
                {"op": "replace", "schedule": draw.choice((_STEP, _COSINE))},
                {"op": "extend", "epochs": draw.randint(1, 50)},
                {"op": "decay", "epochs": draw.randint(1, 30), "final_lr": 0.002},
                {"op": "cancel", "change": draw.randint(1, 12)},
            )
        )
        return {**change, "reason": f"drawn by {self.name}"}

    def _groups(self, run: int) -> list[str]:
        return ["head"] if "groups" in self.stage.plans[run] else []

    async def _near(self, run: int) -> int:
        """An epoch about where the run is."""
        reply, _ = await self.answered("GET", self.path(run))
        found: int = reply.body["frontier"]
        return max(0, found + self.chance.randint(-4, 12))

    async def _headers(self, run: int) -> dict[str, str]:
        condition = "*"
        if self.chance.random() < 0.3:
            reply, _ = await self.answered("GET", f"{self.path(run)}/plan")
            condition = reply.headers["etag"]
        return {"If-Match": condition, "Idempotency-Key": self.fresh()}

    async def _open(self, run: int) -> None:
        reply, _ = await self.answered("GET", self.path(run))
        first, frontier = reply.body["start_epoch"], reply.body["frontier"]
        body: dict[str, Any] = {"from_epoch": self.chance.randint(max(first, frontier - 15), frontier)}
        body["keep"] = self.chance.choice(("values", "changes", "nothing"))
        if self.chance.random() < 0.3:
            body["changes"] = [{"op": "scale", "factor": 0.1}]
        if self.chance.random() < 0.2:
            body["parent"] = self.chance.randint(1, reply.body["attempt"])
        headers = await self._headers(run)
        first_sent, path = self.recorder.tick(), f"{self.path(run)}/attempts"
        deliveries = await self.twice("POST", path, body, headers) if self.chance.random() < 0.2 else []
        deliveries.append(await self.answered("POST", path, body, headers))
        for reply, _ in deliveries:
            if reply.status == 201:
                self.recorder.opened(headers["Idempotency-Key"], run, reply.body, first_sent)

    async def _finish(self, run: int) -> None:
        """Finished for a moment; a new attempt reopens it."""
        await self.answered("PATCH", self.path(run), {"state": "finished"})
        await self._open(run)
