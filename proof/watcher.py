"""One who watches a run over its event stream, and comes back after every break with the last id it was told."""

import asyncio

from proof.actor import Actor, Stage
from proof.caller import Caller
from proof.history import RESET, Told


class Watcher(Actor):
    """Of one run, from its first event on."""

    def __init__(self, stage: Stage, name: str, seed: str, run: int) -> None:
        super().__init__(stage, name, seed)
        self._run = run
        self._last = "0"
        self._told: list[Told] = self.recorder.history.watched.setdefault(run, [])

    async def work(self) -> None:
        """Until the history is over."""
        ended = asyncio.create_task(self.stage.over.wait())
        while not self.stage.over.is_set():
            caller = Caller(self.chance.choice(self.stage.ports))
            watching = asyncio.create_task(self._watch(caller))
            await asyncio.wait((watching, ended), return_when=asyncio.FIRST_COMPLETED)
            watching.cancel()
            await asyncio.wait((watching,))
            caller.close()
            await asyncio.sleep(self.chance.uniform(0.001, 0.02))
        await ended

    async def _watch(self, caller: Caller) -> None:
        id_, kind = self._last, ""
        async for line in caller.stream(f"{self.path(self._run)}/events", {"Last-Event-ID": id_}):
            name, _, value = line.partition(": ")
            if name == "id":
                id_ = value
            elif name == "event":
                kind = value
            elif line == "" and kind == "reset":
                self._told.append(Told(RESET, ""))
                self._last = "0"
                return
            elif line == "" and kind:
                if kind != "bye":
                    self._told.append(Told(int(id_.partition("-")[0]), kind))
                    self._last = id_
                kind = ""
