"""What lives as long as the server does: the journal, and those who work on it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Protocol, TypeAlias

from fastapi import FastAPI

from setpoint.api.clock import utc
from setpoint.api.gate import Gate
from setpoint.api.standing import Standing
from setpoint.coordination.attendance import Attendance
from setpoint.coordination.coordinator import Coordinator
from setpoint.coordination.ports import Journal
from setpoint.coordination.tokens import Tokens
from setpoint.coordination.watch import Watch
from setpoint.errors import SetpointError

Opener: TypeAlias = Callable[[Standing], AbstractAsyncContextManager[Journal]]
"""Opens the journal on the loop that serves, and closes it. The standing is told how it fares."""


OpensTokens: TypeAlias = Callable[[Journal, Standing], Awaitable[Tokens]]
"""The tokens that are kept in a journal."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What is opened: a journal, and where tokens are asked for, the tokens in it, for the gate."""

    journal: Opener
    tokens: OpensTokens | None = None
    gate: Gate | None = None


class Shortcut(Protocol):
    """What answers about runs before their routes are asked, once there are runs."""

    runs: Coordinator | None


TIDY_SECONDS = 60.0


@asynccontextmanager
async def runs_of(
    opened: Opened, shortcuts: Iterable[Shortcut], standing: Standing, app: FastAPI
) -> AsyncGenerator[None]:
    """Runs are served from here on; at the end everybody who watches is told so, and the journal is closed."""
    async with _known(opened, standing) as journal:
        watch = Watch(journal)
        coordinator = Coordinator(journal, utc, watch, Attendance(monotonic), written=standing.written)
        app.state.journal, app.state.coordinator = journal, coordinator
        standing.journal, standing.watch = journal, watch
        for shortcut in shortcuts:
            shortcut.runs = coordinator
        tasks = [
            asyncio.create_task(work) for work in (coordinator.follow(), coordinator.attend(), _tidied(coordinator))
        ]
        if opened.gate is not None and opened.gate.tokens is not None:
            tasks.append(asyncio.create_task(opened.gate.tokens.follow()))
        try:
            yield
        finally:
            standing.drain()
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def _tidied(coordinator: Coordinator) -> None:
    """Let go of what nobody has asked for lately, for ever."""
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        coordinator.tidy()


@asynccontextmanager
async def _known(opened: Opened, standing: Standing) -> AsyncGenerator[Journal]:
    """The journal, once all that is in it is ready; why it is not is known to the standing."""
    try:
        async with opened.journal(standing) as journal:
            if opened.gate is not None and opened.tokens is not None:
                opened.gate.tokens = await opened.tokens(journal, standing)
            yield journal
    except SetpointError as error:
        standing.lost(error)
        raise
