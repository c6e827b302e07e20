"""What lives as long as the server does: the journal, and those who work on it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol, TypeAlias

from fastapi import FastAPI

from setpoint.api.standing import Standing
from setpoint.coordination.attendance import Attendance
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.ports import Journal
from setpoint.coordination.watch import Watch
from setpoint.errors import SetpointError

Opener: TypeAlias = Callable[[Standing], AbstractAsyncContextManager[Journal]]
"""Opens the journal on the loop that serves, and closes it. The standing is told how it fares."""


class Door(Protocol):
    """What answers by itself, once there are runs."""

    desk: Coordinator | None


TIDY_SECONDS = 60.0


def utc() -> str:
    """Now, for people to read: RFC 3339, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@asynccontextmanager
async def runs_of(opened: Opener, doors: Iterable[Door], standing: Standing, app: FastAPI) -> AsyncGenerator[None]:
    """Runs are served from here on; at the end everybody who watches is told so, and the journal is closed."""
    async with _known(opened(standing), standing) as journal:
        watch = Watch(journal)
        desk = Coordinator(journal, utc, watch, Attendance(monotonic), written=standing.written)
        app.state.journal, app.state.coordinator = journal, desk
        standing.journal, standing.watch = journal, watch
        for door in doors:
            door.desk = desk
        tasks = [asyncio.create_task(work) for work in (desk.follow(), desk.attend(), _tidied(desk))]
        try:
            yield
        finally:
            standing.drain()
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def _tidied(desk: Coordinator) -> None:
    """Let go of what nobody has asked for lately, for ever."""
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        desk.tidy()


@asynccontextmanager
async def _known(opening: AbstractAsyncContextManager[Journal], standing: Standing) -> AsyncGenerator[Journal]:
    """`opening`; why it can't be opened is known to the standing."""
    try:
        async with opening as journal:
            yield journal
    except SetpointError as error:
        standing.lost(error)
        raise
