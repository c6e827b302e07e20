"""Patroni with etcd and three PostgreSQL servers, strictly synchronous: its leader is killed under load.

Needs Debian's packages etcd-server, patroni and postgresql, and to be root, for none of them is run as root.
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from proof import kills
from proof.failover import Timed
from proof.figure import Figure, none, told
from proof.harvest import from_postgres
from proof.kills import Outcome
from proof.pair import until
from proof.recorder import Recorder
from proof.service import Service, in_memory, nursery
from tests.postgres.server import free_port

_USER = "postgres"
_NAMES = ("n1", "n2", "n3")
_BEFORE_SECONDS, _AFTER_SECONDS = 3.0, 5.0
_MEMBER = """
scope: setpoint
name: {name}
restapi: {{listen: "127.0.0.1:{rest}", connect_address: "127.0.0.1:{rest}"}}
etcd3: {{hosts: "127.0.0.1:{etcd}"}}
bootstrap:
  dcs:
    ttl: 5
    loop_wait: 1
    retry_timeout: 3
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql: {{use_pg_rewind: true, parameters: {{max_connections: 100, shared_buffers: 16MB}}}}
  initdb: [{{encoding: UTF8}}, data-checksums]
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {folder}/{name}
  bin_dir: {binaries}
  pgpass: {folder}/pgpass-{name}
  authentication: {{superuser: {{username: postgres, password: x}}, replication: {{username: repl, password: x}}}}
  parameters: {{unix_socket_directories: "{folder}"}}
  pg_hba: ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
watchdog: {{mode: "off"}}
"""


@dataclass(slots=True)
class Member:
    """A server and the Patroni that looks after it."""

    folder: Path
    name: str
    port: int = field(default_factory=free_port)
    rest: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, etcd: int, binaries: Path) -> None:
        told = self.folder / f"{self.name}.yml"
        facts = {"name": self.name, "port": self.port, "rest": self.rest, "folder": self.folder}
        told.write_text(_MEMBER.format(**facts, etcd=etcd, binaries=binaries))
        self.process = _started(["patroni", str(told)], self.folder)

    def is_(self, role: str) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.rest}/{role}", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def kill(self) -> None:
        """At once, and its server too."""
        pids = (
            [int(line) for line in self._pid_file().read_text().splitlines()[:1]] if self._pid_file().exists() else []
        )
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _pid_file(self) -> Path:
        return self.folder / self.name / "postmaster.pid"


def missing() -> list[str]:
    """The packages that are not here."""
    needed = {"etcd-server": shutil.which("etcd"), "patroni": shutil.which("patroni"), "postgresql": _binaries()}
    return [package for package, found in needed.items() if found is None]


def _binaries() -> Path | None:
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def _started(command: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / f"{Path(command[0]).name}-{Path(command[-1]).stem}.log").open("wb") as log:
        return subprocess.Popen(
            command, user=_USER, cwd=folder, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)}
        )


@asynccontextmanager
async def cluster() -> AsyncGenerator[Sequence[Member]]:
    """Three members, one of which leads, and one that has all that the leader acknowledges."""
    binaries = _binaries()
    assert binaries is not None
    with tempfile.TemporaryDirectory(prefix="setpoint-patroni-", ignore_cleanup_errors=True) as path:
        folder = Path(path)
        shutil.chown(folder, _USER)
        client, peer = free_port(), free_port()
        etcd = _started(_etcd(folder, client, peer), folder)
        members = [Member(folder, name) for name in _NAMES]
        try:
            for member in members:
                member.start(client, binaries)
            await until(lambda: _some(members, "primary"))
            await until(lambda: _some(members, "synchronous"))
            yield members
        finally:
            for member in members:
                await asyncio.to_thread(member.kill)
            etcd.kill()
            etcd.wait()


def _etcd(folder: Path, client: int, peer: int) -> list[str]:
    here, there = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    return [
        "etcd", "--name", "e", "--data-dir", f"{folder}/etcd", "--listen-client-urls", here,
        "--advertise-client-urls", here, "--listen-peer-urls", there, "--initial-advertise-peer-urls", there,
        "--initial-cluster", f"e={there}",
    ]  # fmt: skip


async def _some(members: Sequence[Member], role: str) -> bool:
    return await _which(members, role) is not None


async def _which(members: Sequence[Member], role: str) -> Member | None:
    found = await asyncio.gather(*(asyncio.to_thread(member.is_, role) for member in members))
    return next((member for member, is_ in zip(members, found, strict=True) if is_), None)


async def history(seed: int) -> tuple[Outcome, float]:
    """One history, in the midst of which the leader dies; what came of it, and the longest time without a check-in."""
    recorder = Timed(["first", "second"])
    async with nursery() as source, cluster() as members, AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=in_memory()))
        url = f"postgresql://postgres@{','.join(f'127.0.0.1:{member.port}' for member in members)}/postgres"
        services = [Service(source, Path(folder, f"replica-{i}"), url) for i in range(2)]

        async def lose_the_leader(_chance: random.Random, _found: Outcome) -> None:
            await asyncio.sleep(_BEFORE_SECONDS)
            leader = await _which(members, "primary")
            assert leader is not None
            await asyncio.to_thread(leader.kill)
            left = [member for member in members if member is not leader]
            await until(lambda: _some(left, "primary"))
            await until(lambda: _some(left, "synchronous"))
            await asyncio.sleep(_AFTER_SECONDS)

        async def harvest(recorder: Recorder) -> None:
            await from_postgres(url, recorder.names, recorder.history, recorder.tick())

        return await kills.played(seed, recorder, services, lose_the_leader, harvest), recorder.gap


def run() -> list[Figure]:
    """One history; or what is missing for it."""
    lacks = missing()
    if lacks:
        return [Figure("patroni", "packages that are not here", ", ".join(lacks), "none", ok=False)]
    outcome, gap = asyncio.run(history(1))
    for seed, what in (*outcome.violations, *outcome.unexpected):
        print(f"patroni: seed {seed}: {what}", flush=True)
    return [
        told("patroni", "observations", outcome.observations),
        none("patroni", "lost, doubled or otherwise violated", len(outcome.violations)),
        none("patroni", "unexpected answers and ends", len(outcome.unexpected)),
        told("patroni", "longest without a check-in, ms", round(1000 * gap)),
    ]
