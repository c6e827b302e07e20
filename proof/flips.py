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
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, cast

import apsw

from proof.caller import Caller, Lost, Reply
from proof.figure import Figure, all_of, none, some, told
from proof.progress import Progress
from proof.service import Nursery, Service, in_memory, nursery

RUNS = ("one", "two")
EPOCHS = 6
LISTED = "/v1/runs?label=team:vision"


@dataclass(frozen=True, slots=True)
class Table:
    """Which row is hit, and what is required of a service that starts on it, with which flags."""

    row: str
    check: "Check"
    required: str
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    hit: Counter[str] = field(default_factory=Counter[str])
    """By what is required: columns in which a bit was flipped."""
    met: Counter[str] = field(default_factory=Counter[str])
    others: int = 0
    """Runs that were not damaged, and not served."""
    written: int = 0
    """Stores that were written to although the run or the store is damaged."""
    anywhere: int = 0
    wrong: int = 0
    untold: int = 0
    """Starts that were refused in anything but one line."""
    outcomes: Counter[str] = field(default_factory=Counter[str])


def run(anywhere: int = 1000, seed: int = 1) -> list[Figure]:
    """Each column of each table once, and so many bits of the file."""
    print(f"flipped bits: seed {seed}", flush=True)
    found = asyncio.run(_all(anywhere, random.Random(seed)))
    noticed = found.anywhere - found.outcomes["unnoticed"]
    return [
        *(all_of("flipped bits", what, found.met[what], count) for what, count in found.hit.items()),
        none("flipped bits", "other runs not served meanwhile", found.others),
        none("flipped bits", "damaged runs or stores written to", found.written),
        told("flipped bits", "bits flipped anywhere in the file", found.anywhere),
        some("flipped bits", "of these noticed", noticed),
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
            progress = Progress("flipped bits", anywhere)
            for _ in range(anywhere):
                await _flipped_anywhere(source, folder, chance, sealed, found)
                progress.step(f"{found.wrong} wrong")
    return found


async def written(source: Nursery, folder: Path) -> Mapping[tuple[str, int], float]:
    """A store with tokens and two runs; what they have sealed."""
    await _with_tokens(Service(source, folder, flags=GUARDED))
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


async def _with_tokens(service: Service) -> None:
    """The admin's, and one that is taken back."""
    assert await service.start(), service.said
    caller = Caller(service.port)
    admin = {"Authorization": f"Bearer {(service.data / 'token').read_text().strip()}"}
    made = await caller.ask("POST", "/v1/tokens", {"name": "rank0", "scope": "worker"}, admin)
    assert made.status == 201, made
    gone = await caller.ask("DELETE", f"/v1/tokens/{made.body['token']}", None, admin)
    assert gone.status == 200, gone
    caller.close()
    await service.end(signal.SIGTERM)


def columns(database: Path) -> list[tuple[str, str]]:
    """All columns of all tables that say something.

    Raises:
        KeyError: nothing is required of a table yet.
    """
    connection = apsw.Connection(str(database))
    try:
        rows = cast(Any, connection).execute("SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c "
                                             "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'")  # fmt: skip
        found = [place for place in rows if place not in ORDER]
    finally:
        connection.close()
    return sorted(found, key=lambda place: list(TABLES).index(place[0]))


async def _flipped(source: Nursery, folder: Path, place: tuple[str, str], chance: random.Random, found: Found) -> None:
    """One bit of one row in that column."""
    table = TABLES[place[0]]
    service = Service(source, _copied(folder), flags=table.flags)
    file = service.data / "setpoint.db"
    _flip(file, *place, chance)
    before = _events(file, "one")
    found.hit[table.required] += 1
    is_up = await service.start()
    seen = await table.check(service, is_up, place)
    if seen is None:
        found.met[table.required] += 1
    else:
        print(f"flipped bits: {place}: {seen} {service.said if not is_up else ''}", flush=True)
    if is_up:
        found.others += not await _serves(service, "two")
        await service.end()
    found.written += table.check is not _as_before and _events(file, "one") != before


Check: TypeAlias = Callable[[Service, bool, tuple[str, str]], Awaitable[str | None]]
"""What is not as required of a service on a store in which that column was hit; None if nothing."""


async def _is_quarantined(service: Service, is_up: bool, place: tuple[str, str]) -> str | None:
    """Whatever is asked of the run is answered by `damaged`; and the list, if it is that which was hit, says so too."""
    if not is_up:
        return "no start"
    caller = Caller(service.port)
    replies = [await caller.ask(*request) for request in _contacts("one", EPOCHS)]
    listed = [each["state"] for each in (await caller.ask("GET", LISTED)).body["runs"]]
    caller.close()
    is_gone = all(reply.problem == "not-found" for reply in replies) and place == ("runs", "name")
    if not is_gone and any(reply.problem != "damaged" for reply in replies):
        return str([(reply.status, reply.problem) for reply in replies])
    return None if "damaged" in listed or place[0] != "runs" else f"listed as {listed}"


async def _as_before(service: Service, is_up: bool, place: tuple[str, str]) -> str | None:
    """Both runs are listed by their label, and served."""
    if not is_up:
        return "no start"
    caller = Caller(service.port)
    listed = {each["run"]: each["state"] for each in (await caller.ask("GET", LISTED)).body["runs"]}
    caller.close()
    if listed != dict.fromkeys(RUNS, "running"):
        return f"listed are {listed}"
    return None if await _serves(service, "one") else "run one is not served"


async def _no_start(service: Service, is_up: bool, place: tuple[str, str]) -> str | None:
    """It ends with an error, in one line."""
    if is_up:
        return "it was started"
    return None if service.code and len(service.said.strip().splitlines()) == 1 else f"ended with {service.code}"


async def _serves(service: Service, run: str) -> bool:
    caller = Caller(service.port)
    replies = [await caller.ask(*request) for request in _contacts(run, EPOCHS)]
    caller.close()
    return all(reply.status == 200 for reply in replies)


GUARDED = ("--auth",)
"""Tokens are asked for."""
TABLES: Mapping[str, Table] = {
    "runs": Table("name = 'one'", _is_quarantined, "damaged runs told so (409 damaged)"),
    "events": Table("run = 'one' AND id = (SELECT max(id) FROM events WHERE run = 'one')", _is_quarantined,
                    "damaged runs told so (409 damaged)"),
    "run_labels": Table("name = 'team'", _as_before, "damaged labels mended from their runs"),
    "meta": Table("name = 'incarnation'", _no_start, "starts refused where the incarnation is damaged"),
    "token_events": Table("id = 2", _no_start, "starts refused where tokens are asked for, and damaged", GUARDED),
    "token_head": Table("one = 1", _no_start, "starts refused where tokens are asked for, and damaged", GUARDED),
}  # fmt: skip
ORDER = (("runs", "ordinal"), ("events", "seq"), ("token_head", "one"))
"""Columns that nothing is said by: in which order runs are listed, the events of all runs are told, and that there is
one head of the tokens."""


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
    connection, where = cast(Any, apsw.Connection(str(database))), TABLES[table].row
    connection.execute("PRAGMA ignore_check_constraints = ON")
    (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
    connection.execute(
        f"UPDATE {table} SET {column} = ? WHERE {where} AND {column} = ?", (_other(value, chance), value)
    )
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
