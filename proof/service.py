"""Services that are started, killed and started again, always at one address and on one folder."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_ADDRESS = re.compile(r"serves http://127\.0\.0\.1:(\d+)")
_POLL_SECONDS = 0.004
ROOT = Path(__file__).resolve().parents[1]
"""The repository: its service is the one that is started, whatever is installed."""


def in_memory() -> str | None:
    """A folder in memory, where there is one: a process that dies does not take with it what is not synced."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


class Nursery:
    """Where services come from: a process that has imported everything once, and forks."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def ask(self, command: Mapping[str, object]) -> int | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            answer: int | None = json.loads(await self._process.stdout.readline())
            return answer


@asynccontextmanager
async def nursery(environment: Mapping[str, str] | None = None) -> AsyncGenerator[Nursery]:
    """A nursery; at the end it and all services that it started are gone."""
    command = (sys.executable, "-m", "proof.nursery")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "service"), os.environ.get("PYTHONPATH", "")])
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, env={**os.environ, "PYTHONPATH": paths, **(environment or {})}
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@dataclass(slots=True)
class Service:
    """A service on a folder: its process, if it lives, and the port that it has kept since its first start."""

    nursery: Nursery
    data: Path
    database: str = ""
    """The database's URL, where it is not a file in the folder."""
    flags: Sequence[str] = ()
    port: int = 0
    pid: int = 0

    async def start(self, failpoints: str = "", arm: Sequence[object] | None = None) -> bool:
        """Start it; whether it answers. If not, it has ended, and `said` tells why."""
        command = {"data": str(self.data), "port": self.port, "failpoints": failpoints, "output": str(self._output)}
        command |= {"database": self.database} if self.database else {}
        command |= {"flags": list(self.flags)} if self.flags else {}
        self._output.unlink(missing_ok=True)
        pid = await self.nursery.ask(command if arm is None else {**command, "arm": arm})
        assert pid is not None
        self.pid = pid
        while True:
            found = _ADDRESS.search(self.said)
            if found is not None:
                self.port = int(found[1])
                return True
            self.code = await self.ended()
            if self.code is not None:
                return False
            await asyncio.sleep(_POLL_SECONDS)

    code: int | None = None
    """What it ended with, once that was asked."""

    @property
    def _output(self) -> Path:
        return self.data.with_name(f"{self.data.name}.output")

    @property
    def said(self) -> str:
        """What it has printed since its last start."""
        return self._output.read_text() if self._output.exists() else ""

    async def ended(self) -> int | None:
        """Its exit code (negative: the signal that ended it); None while it runs."""
        if self.pid:
            self.code = await self.nursery.ask({"wait": self.pid})
            if self.code is not None:
                self.pid = 0
        return self.code

    async def lived(self, seconds: float) -> bool:
        """Whether it is still there after so long."""
        end = asyncio.get_running_loop().time() + seconds
        while (left := end - asyncio.get_running_loop().time()) > 0:
            if await self.ended() is not None:
                return False
            await asyncio.sleep(min(left, 4 * _POLL_SECONDS))
        return True

    async def end(self, with_signal: int = signal.SIGKILL) -> int:
        """Send it a signal, and wait until it is gone: its exit code."""
        if self.pid:
            os.kill(self.pid, with_signal)
        while await self.lived(_POLL_SECONDS):
            pass
        assert self.code is not None
        return self.code
