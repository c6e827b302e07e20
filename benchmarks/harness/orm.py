"""What many would write first: FastAPI, SQLAlchemy's async session and aiosqlite, one transaction a request.

On SQLite with `synchronous=FULL`. Its packages are installed into a folder of their own, under the system's temporary
one.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from shutil import which
from typing import Any

_PACKAGES = Path(tempfile.gettempdir()) / "setpoint-benchmark-orm"
_NEEDED = ("sqlalchemy", "aiosqlite", "greenlet")


def environment() -> dict[str, str] | None:
    """What a process needs to import it; None where it can't be had."""
    if not (_PACKAGES / "sqlalchemy").exists():
        uv = which("uv")
        pip = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
        subprocess.run([*pip, "-q", "--target", str(_PACKAGES), *_NEEDED], check=False)
    if not (_PACKAGES / "sqlalchemy").exists():
        return None
    return {**os.environ, "PYTHONPATH": str(_PACKAGES)}


def app(path: Path) -> Any:
    """A run's frontier and its sealed epochs as an ordinary service keeps them: a session and a commit a request."""
    from asyncio import Lock
    from contextlib import asynccontextmanager
    from importlib import import_module
    from math import cos, pi

    from fastapi import FastAPI
    from pydantic import BaseModel

    orm: Any = import_module("sqlalchemy.orm")
    sql: Any = import_module("sqlalchemy")
    aio: Any = import_module("sqlalchemy.ext.asyncio")

    base: Any = orm.declarative_base()

    class Run(base):  # type: ignore[misc]  # untyped here: the ORM is in a folder of its own
        __tablename__ = "runs"
        name = sql.Column(sql.String, primary_key=True)
        frontier = sql.Column(sql.Integer, nullable=False)

    class Sealed(base):  # type: ignore[misc]  # likewise
        __tablename__ = "sealed"
        run = sql.Column(sql.String, primary_key=True)
        epoch = sql.Column(sql.Integer, primary_key=True)
        worker = sql.Column(sql.String, nullable=False)
        lr = sql.Column(sql.Float, nullable=False)

    engine = aio.create_async_engine(f"sqlite+aiosqlite:///{path}")
    sql.event.listen(engine.sync_engine, "connect", _durable)
    session = aio.async_sessionmaker(engine, expire_on_commit=False)
    lock = Lock()  # SQLite has one writer: to wait for it here is faster than to be told that it is busy

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncGenerator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(base.metadata.create_all)
        async with session.begin() as tables:
            tables.add(Run(name="r", frontier=0))
        yield

    service = FastAPI(lifespan=lifespan)

    class Report(BaseModel):
        epoch: int

    async def check_in(run: str, worker: str, report: Report) -> dict[str, Any]:
        async with lock, session.begin() as tables:
            found = await tables.get(Run, run)
            while found.frontier <= report.epoch:
                lr = 0.05 * (1 + cos(pi * found.frontier / 10_000_000))
                tables.add(Sealed(run=run, epoch=found.frontier, worker=worker, lr=lr))
                found.frontier += 1
            await tables.flush()
            sealed = await tables.get(Sealed, (run, report.epoch))
        return {"epoch": report.epoch, "lr": sealed.lr}

    service.put("/runs/{run}/workers/{worker}")(check_in)
    return service


def _durable(connection: Any, _: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
