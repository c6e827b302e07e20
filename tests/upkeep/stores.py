"""Stores of both engines, as the settings name them, with runs in them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import apsw

from setpoint.coordination.ports import Journal
from setpoint.journal.postgres import journal as postgres
from setpoint.journal.postgres.address import parsed
from setpoint.journal.sqlite import sql
from setpoint.journal.sqlite.journal import opened
from setpoint.journal.upkeep import Examined
from setpoint.server import upkeep
from setpoint.server.upkeep import Progress
from setpoint.settings import Settings
from tests.coordination.runs import HALVE, check_in, coordinator, create, within
from tests.postgres.server import server


def on_sqlite(folder: Path) -> Settings:
    return Settings(data=folder)


def on_postgres(folder: Path) -> Settings:
    return Settings(data=folder, database_url=server().database())


ENGINES: Mapping[str, Callable[[Path], Settings]] = {"sqlite": on_sqlite, "postgres": on_postgres}
SILENT = Progress(lambda copied, of: None, lambda runs: None)


async def journal(settings: Settings) -> Journal:
    if settings.file is not None:
        return await opened(settings.file)
    return await postgres.opened(parsed(settings.store))


def filled(settings: Settings, *names: str, epochs: int = 3) -> Settings:
    """`settings`, with those runs in the store: sealed before epoch `epochs`, and changed once."""

    async def scenario() -> None:
        store = await journal(settings)
        runs = coordinator(store)
        for name in names:
            await runs.handle(name, create(), actor="ada")
            for epoch in range(epochs):
                await runs.handle(name, check_in(epoch), actor="w0")
            await runs.handle(name, HALVE, actor="ada")
        await store.close()

    within(30, scenario)
    return settings


def verified(settings: Settings) -> Examined:
    return within(30, lambda: upkeep.verify(settings, lambda runs: None))


def tampered(settings: Settings, statement: str) -> None:
    """Have a statement done behind the journal's back."""
    if settings.file is not None:
        connection = apsw.Connection(str(settings.file))
        sql.do(connection, statement)
        connection.close()
    else:
        database = settings.store.rpartition("/")[2]
        server().does(database, f"SET search_path TO setpoint; {statement}")
