"""What lives as long as the server does: the journal, and those who work on it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from time import monotonic

from fastapi import FastAPI

from setpoint.api.lrs import Hot
from setpoint.coordination.attendance import Attendance
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.ports import Journal
from setpoint.coordination.watch import Watch


def utc() -> str:
    """Now, for people to read: RFC 3339, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@asynccontextmanager
async def runs_of(
    opened: Callable[[], AbstractAsyncContextManager[Journal]], hot: Hot, app: FastAPI
) -> AsyncGenerator[None]:
    """Runs are served from here on; at the end everybody who watches is told so, and the journal is closed."""
    async with opened() as journal:
        watch = Watch(journal)
        desk = Coordinator(journal, utc, watch, Attendance(monotonic))
        app.state.journal, app.state.watch, app.state.coordinator = journal, watch, desk
        hot.desk = desk
        following = asyncio.create_task(desk.follow())
        try:
            yield
        finally:
            watch.close()
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
