"""The service, wired together: the one place that knows all of its parts."""

import logging
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from setpoint.api import app
from setpoint.api.front import Front
from setpoint.api.standing import Standing
from setpoint.coordination.ports import Journal
from setpoint.dashboard import pages
from setpoint.errors import Unavailable
from setpoint.journal.sqlite.journal import opened as sqlite
from setpoint.journal.sqlite.writer import Committed
from setpoint.settings import InvalidSetting, Settings

_log = logging.getLogger("setpoint")


def assemble(settings: Settings) -> Front:
    """The application that answers every request."""
    return app.build(settings, partial(journal, settings), pages.routes())


@asynccontextmanager
async def journal(settings: Settings, standing: Standing) -> AsyncGenerator[Journal]:
    """The journal that the settings name, open."""

    def committed(commit: Committed) -> None:
        standing.committed(commit.entries, commit.seconds, commit.refusal)

    opened = await sqlite(store(settings), fatal=partial(_end, standing), committed=committed)
    try:
        yield opened
    finally:
        await opened.close()


def store(settings: Settings) -> Path:
    """The file that runs are kept in."""
    url = settings.database_url
    if url is None:
        return settings.data / "setpoint.db"
    if not url.startswith("sqlite:///"):
        raise InvalidSetting("This version keeps runs in SQLite: say sqlite:///PATH, or leave --database-url out.")
    return Path(url.removeprefix("sqlite:///"))


def _end(standing: Standing, error: Exception) -> None:
    """What was written may not be on disk, and asking again would not tell: only a new start reads what is there."""
    _log.critical("the store can't be trusted any more, so the service ends: %s", error)
    standing.lost(Unavailable(f"the store can't be trusted any more: {error}"))
    os.kill(os.getpid(), signal.SIGTERM)
