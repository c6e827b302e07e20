"""Flipped bits: in every column of every table, and anywhere in the file.

A run that is damaged is told so and not served, the others are; nothing is ever sealed on top of damage; and whatever
bit of the file is flipped, no rate that is answered as sealed is another than it was.
"""

import asyncio
import random
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import apsw

from proof.caller import Caller, Lost, Reply
from proof.figure import Figure, all_of, none, some, told
from proof.service import Nursery, Service, in_memory, nursery

RUNS = ("one", "two")
EPOCHS = 6
GUARDED = ("runs", "events")
"""Tables whose columns are covered by the chain, or compared with what the chain covers."""
ORDER = (("runs", "ordinal"), ("events", "seq"))
"""Columns that nothing is said by: in which order runs are listed, and the events of all runs are told."""


@dataclass(slots=True)
class Found:
    flipped: int = 0
    """Columns of the runs and their events in which a bit was flipped."""
    quarantined: int = 0
    others: int = 0
    sealed_on: int = 0
    """Damaged runs that were written to all the same."""
    anywhere: int = 0
    wrong: int = 0
    untold: int = 0
    """Starts that were refused in anything but one line."""
    outcomes: Counter[str] = field(default_factory=Counter[str])


def run(anywhere: int = 1000, seed: int = 1) -> list[Figure]:
    """Each column once, and so many bits of the file."""
    print(f"flipped bits: seed {seed}", flush=True)
    found = asyncio.run(_all(anywhere, random.Random(seed)))
    return [
        told("flipped bits", "columns of runs and events", found.flipped),
        all_of("flipped bits", "damaged runs told so (409 damaged)", found.quarantined, found.flipped),
        all_of("flipped bits", "other runs served meanwhile", found.others, found.flipped),
        none("flipped bits", "damaged runs that were sealed further", found.sealed_on),
        told("flipped bits", "bits flipped anywhere in the file", found.anywhere),
        some("flipped bits", "of these noticed", found.anywhere - found.outcomes["unnoticed"]),
        none("flipped bits", "sealed rates that became others", found.wrong),
        none("flipped bits", "starts refused in more than a line", found.untold),
        told("flipped bits", "outcomes", ", ".join(f"{name} {count}" for name, count in found.outcomes.most_common())),
    ]


async def _all(anywhere: int, chance: random.Random) -> Found:
    found = Found()
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        folder = Path(name)
        async with nursery() as source:
            sealed = await written(source, folder / "sound")
            for table, column in columns(folder / "sound" / "setpoint.db"):
                await _flipped(source, folder, (table, column), chance, found)
            for _ in range(anywhere):
                await _flipped_anywhere(source, folder, chance, sealed, found)
    return found


async def written(source: Nursery, folder: Path) -> Mapping[tuple[str, int], float]:
    """A store with two runs; what they have sealed."""
    service = Service(source, folder)
    assert await service.start(), service.said
    caller, sealed = Caller(service.port), dict[tuple[str, int], float]()
    for run in RUNS:
        path = f"/v1/runs/{run}"
        plan = {"schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 2}, "labels": {"team": "vision"}}
        assert (await caller.ask("PUT", path, plan)).status == 201
        for epoch in range(EPOCHS):
            reply = await caller.ask("PUT", f"{path}/workers/w", {"epoch": epoch})
            sealed[run, epoch] = reply.body["lr"]
    caller.close()
    await service.end(signal.SIGTERM)
    return sealed


def columns(database: Path) -> list[tuple[str, str]]:
    """The columns of the tables that hold runs."""
    connection = apsw.Connection(str(database))
    try:
        rows = cast(Any, connection).execute("SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c")
        return [(table, column) for table, column in rows if table in GUARDED and (table, column) not in ORDER]
    finally:
        connection.close()


async def _flipped(source: Nursery, folder: Path, place: tuple[str, str], chance: random.Random, found: Found) -> None:
    """One bit of the first run's row in that column."""
    service = Service(source, _copied(folder))
    _flip(service.data / "setpoint.db", *place, chance)
    found.flipped += 1
    if not await service.start():
        raise RuntimeError(f"{place}: {service.said}")
    caller = Caller(service.port)
    before = _events(service.data / "setpoint.db", "one")
    replies = [await caller.ask(*request) for request in _contacts("one", EPOCHS)]
    is_gone = all(reply.problem == "not-found" for reply in replies) and place == ("runs", "name")
    if is_gone or all(reply.problem == "damaged" for reply in replies):
        found.quarantined += 1
    else:
        print(f"flipped bits: {place}: {[(reply.status, reply.problem) for reply in replies]}", flush=True)
    found.sealed_on += _events(service.data / "setpoint.db", "one") != before
    found.others += all(reply.status == 200 for reply in [await caller.ask(*each) for each in _contacts("two", EPOCHS)])
    caller.close()
    await service.end()


def _contacts(run: str, frontier: int) -> list[tuple[str, str, object]]:
    path = f"/v1/runs/{run}"
    return [
        ("GET", f"{path}/lr?epoch=1", None),
        ("GET", path, None),
        ("PUT", f"{path}/workers/w", {"epoch": frontier}),
        ("GET", f"{path}/curve?stop=3", None),
    ]


def _copied(folder: Path) -> Path:
    target = folder / "copy"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder / "sound", target)
    return target


def _flip(database: Path, table: str, column: str, chance: random.Random) -> None:
    """As a disk would: the row is there, and one bit of one of its values is not."""
    connection = cast(Any, apsw.Connection(str(database)))
    key = "name" if table == "runs" else "run"
    rowid, value = connection.execute(
        f"SELECT rowid, {column} FROM {table} WHERE {key} = 'one' ORDER BY rowid DESC"
    ).fetchone()
    connection.pragma("ignore_check_constraints", 1)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (_other(value, chance), rowid))
    connection.close()


def _other(value: object, chance: random.Random) -> object:
    """The value with one bit flipped."""
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(4, 20))
    written = bytearray(value.encode() if isinstance(value, str) else cast(bytes, value))
    written[chance.randrange(len(written))] ^= 1
    return written.decode() if isinstance(value, str) else bytes(written)


def _events(database: Path, run: str) -> int:
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return int(cast(Any, connection).execute("SELECT count(*) FROM events WHERE run = ?", (run,)).get)
    finally:
        connection.close()


async def _flipped_anywhere(
    source: Nursery, folder: Path, chance: random.Random, sealed: Mapping[tuple[str, int], float], found: Found
) -> None:
    """Any bit of the file: whatever is answered as sealed is what was sealed."""
    service = Service(source, _copied(folder))
    file = service.data / "setpoint.db"
    content = bytearray(file.read_bytes())
    bit = chance.randrange(len(content) * 8)
    content[bit // 8] ^= 1 << bit % 8
    file.write_bytes(content)
    found.anywhere += 1
    if not await service.start():
        found.outcomes["no start"] += 1
        found.untold += len(service.said.strip().splitlines()) != 1
        return
    caller, noticed = Caller(service.port), set[str]()
    for (run, epoch), lr in sealed.items():
        reply = await _looked(caller, run, epoch)
        if reply is None or reply.status != 200:
            noticed.add("no answer" if reply is None else reply.problem or str(reply.status))
        elif not reply.body["sealed"] or reply.body["lr"] != lr:
            found.wrong += 1
            print(f"flipped bits: bit {bit}: {run}, epoch {epoch}: {reply.body}", flush=True)
    found.outcomes[min(noticed, default="unnoticed")] += 1
    caller.close()
    await service.end()


async def _looked(caller: Caller, run: str, epoch: int) -> Reply | None:
    try:
        return await caller.ask("GET", f"/v1/runs/{run}/lr?epoch={epoch}")
    except Lost:
        return None
