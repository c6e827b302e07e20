"""Where the runs of a history are kept: by one service on a file, or by several on one database."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from proof.harvest import from_postgres, harvest
from proof.recorder import Recorder
from proof.service import Nursery, Service
from tests.postgres.server import server


class Store(Protocol):
    """A kind of store."""

    @property
    def name(self) -> str: ...

    def services(self, source: Nursery, folder: Path) -> list[Service]:
        """Those that share a new store, none of them started; the folder is theirs."""
        ...

    async def harvest(self, services: Sequence[Service], recorder: Recorder) -> None:
        """Add what is stored to the history; then it may go.

        Raises:
            Damaged: something is not what was written.
        """
        ...


class OnSqlite:
    name = "kill -9"

    def services(self, source: Nursery, folder: Path) -> list[Service]:
        return [Service(source, folder / "data")]

    async def harvest(self, services: Sequence[Service], recorder: Recorder) -> None:
        harvest(services[0].data / "setpoint.db", recorder.names, recorder.history, recorder.tick())


@dataclass(frozen=True, slots=True)
class OnPostgres:
    """So many services at once, each of which dies on its own."""

    replicas: int

    @property
    def name(self) -> str:
        return f"kill -9, {self.replicas} replicas"

    def services(self, source: Nursery, folder: Path) -> list[Service]:
        url = server().database()
        return [Service(source, folder / f"replica-{i}", url) for i in range(self.replicas)]

    async def harvest(self, services: Sequence[Service], recorder: Recorder) -> None:
        url = services[0].database
        await from_postgres(url, recorder.names, recorder.history, recorder.tick())
        server().does("postgres", f"DROP DATABASE {url.rpartition('/')[2]}")
