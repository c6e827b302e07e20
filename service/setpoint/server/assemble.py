"""The service, wired together: the one place that knows all of its parts."""

import logging
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from setpoint.api import app
from setpoint.api.front import Front
from setpoint.api.requests import Requests
from setpoint.api.standing import Standing
from setpoint.coordination.ports import Journal
from setpoint.dashboard import pages
from setpoint.errors import Draining, Unavailable
from setpoint.journal.jobs import Committed
from setpoint.journal.sqlite.journal import opened as sqlite
from setpoint.server import traces
from setpoint.server.admin import tokens
from setpoint.server.logs import Human, secrets_of
from setpoint.settings import InvalidSetting, Settings

if TYPE_CHECKING:
    from setpoint.server.spans import Traced

_SURVIVED = {
    "process-crash": "a crash of this service, but not of the database: do not train on it",
    "power-loss": "a loss of power (power-loss), but not of the database's machine",
    "failover": "the loss of the database's machine (failover)",
}
_ONE_MACHINE = (
    "require_sync asks for a database that has a standby, and SQLite is on one machine. Serve PostgreSQL with "
    "synchronous replication (--database-url postgresql://...), or leave --require-sync out."
)
_log = logging.getLogger("setpoint")


def assemble(settings: Settings, environ: Mapping[str, str] = os.environ) -> "Front | Traced":
    """The application that answers every request. `environ` may ask for traces of them."""
    if settings.auth_mode == "off":
        _log.warning("no token is asked for, of anybody who reaches %s: --no-auth was said", settings.host)
    spans = traces.spans(environ, Human(secrets_of(settings)).hidden)
    requests = Requests(every=settings.access_log, told=spans.answered if spans else None)
    front = app.build(settings, partial(journal, settings), pages.routes(), partial(tokens, settings), requests)
    return front if spans is None else spans.around(front)


@asynccontextmanager
async def journal(settings: Settings, standing: Standing) -> AsyncGenerator[Journal]:
    """The journal that the settings name, open."""

    def committed(commit: Committed) -> None:
        standing.committed(commit.entries, commit.seconds, commit.refusal)

    if settings.file is not None:
        if settings.require_sync:
            raise InvalidSetting(_ONE_MACHINE)
        standing.room = partial(_room, settings.file.parent)
        opened: Journal = await sqlite(settings.file, fatal=partial(_end, standing), committed=committed)
    else:
        opened = await _postgres(settings.store, standing, committed, requires_sync=settings.require_sync)
    try:
        yield opened
    finally:
        await opened.close()


async def _postgres(
    url: str, standing: Standing, committed: Callable[[Committed], None], *, requires_sync: bool
) -> Journal:
    from setpoint.server.stores import postgres

    address = postgres(url)
    from setpoint.journal.postgres.journal import opened

    waiting = partial(_progress, standing)
    journal = await opened(address, committed=committed, waiting=waiting, requires_sync=requires_sync)
    settings = ", ".join(f"{name} = {value!r}" for name, value in journal.settings.items())
    print(f"PostgreSQL: what is acknowledged survives {_SURVIVED[journal.durability]} ({settings}).", flush=True)
    return journal


def _room(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # that the store can't be used is found out by asking it
        return sys.maxsize


def _progress(standing: Standing, line: str) -> None:
    if standing.draining:
        raise Draining("the service was told to stop before its database came")
    print(line, file=sys.stderr, flush=True)


def _end(standing: Standing, error: Exception) -> None:
    """What was written may not be on disk, and asking again would not tell: only a new start reads what is there."""
    _log.critical("the store can't be trusted any more, so the service ends: %s", error)
    standing.lost(Unavailable(f"the store can't be trusted any more: {error}"))
    os.kill(os.getpid(), signal.SIGTERM)
