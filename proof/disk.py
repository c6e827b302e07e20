"""A disk that fills up, and one that can't be written: sealed rates are answered, and all goes on once there is room.

The disk is a small tmpfs: this process must be allowed to mount one, itself or by sudo.
"""

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from proof.caller import Caller, Reply
from proof.figure import Figure, none, told
from proof.service import Nursery, Service, in_memory, nursery

_KIB = 2048
_ROUNDS = 4000
RUN = {"schedule": {"kind": "constant", "initial_lr": 0.1}, "max_lookahead": 1000}


@dataclass(slots=True)
class Found:
    """What was seen on the way to a full disk and back."""

    sealed: int = 0
    refusal: str = ""
    wrong: int = 0
    """Sealed rates that were not answered as before, while it was full or later."""
    recovered: bool = False
    lived: bool = False
    """That it was one process, all the time."""
    rounds: int = 0


def run(rounds: int = 5) -> list[Figure]:
    """Fill the disk and make room, so many times; then take the right to write away."""
    if not can_mount():
        return [Figure("disk", "a small disk can't be mounted here", "be root, or let sudo mount", "none", ok=False)]
    found, refusals = asyncio.run(_all(rounds))
    in_a_line = all(code and len(said.strip().splitlines()) == 1 for code, said in refusals)
    answer = "503 storage-full"
    return [
        told("disk", "times it was full", found.rounds),
        Figure("disk", "what a write is answered then", found.refusal, answer, found.refusal == answer),
        told("disk", "looks at sealed rates meanwhile", found.sealed),
        none("disk", "of these wrong or refused", found.wrong),
        Figure("disk", "goes on by itself with room", found.recovered, "True", found.recovered and found.lived),
        Figure("disk", "starts refused without the right to write", len(refusals), "3", len(refusals) == 3),
        Figure("disk", "each in one line, with an error code", in_a_line, "True", in_a_line),
    ]


async def _all(rounds: int) -> tuple[Found, list[tuple[int, str]]]:
    found = Found(recovered=True)
    async with nursery() as source:
        async with small_disk() as folder:
            await filled(source, folder, rounds, found)
        return found, await refused(source)


@asynccontextmanager
async def small_disk() -> AsyncGenerator[Path]:
    """A folder on a disk of two megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        mount(Path(folder), f"size={_KIB}k,uid={os.getuid()}")
        try:
            yield Path(folder)
        finally:
            unmount(Path(folder))


def mount(folder: Path, options: str) -> None:
    subprocess.run([*_as_root(), "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)


def unmount(folder: Path) -> None:
    subprocess.run([*_as_root(), "umount", str(folder)], check=True)


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def can_mount() -> bool:
    """Whether this process may mount a disk at all: many containers may not."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            mount(Path(folder), "size=64k")
        except (OSError, subprocess.CalledProcessError):
            return False
        unmount(Path(folder))
        return True


async def filled(source: Nursery, folder: Path, rounds: int, found: Found) -> None:
    """Fill the disk, look, make room, go on; again and again."""
    service = Service(source, folder / "data")
    assert await service.start(), service.said
    caller = Caller(service.port)
    assert (await caller.ask("PUT", "/v1/runs/full", RUN)).status == 201
    pid, epoch = service.pid, 0
    ballast = folder / "ballast"
    for _ in range(rounds):
        found.rounds += 1
        _fill(ballast)
        epoch, refusal = await _until_refused(caller, epoch)
        found.refusal = f"{refusal.status} {refusal.problem}"
        await _looked_at(caller, epoch, found)
        ballast.unlink()
        found.recovered &= await _goes_on(caller, epoch)
        await _looked_at(caller, epoch, found)
    found.lived = pid == service.pid and await service.ended() is None
    caller.close()
    await service.end(signal.SIGTERM)


def _fill(ballast: Path) -> None:
    """Take all the room that there is but a little."""
    free = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(max(0, (free.f_bavail - 16) * free.f_bsize)))


async def _until_refused(caller: Caller, epoch: int) -> tuple[int, Reply]:
    """Seal until there is no room: the first epoch that is not sealed, and the refusal."""
    for _ in range(_ROUNDS):
        body = {"epoch": epoch, "lookahead": 200}
        reply = await caller.ask("PUT", "/v1/runs/full/workers/w", body)
        if reply.status != 200:
            return epoch, reply
        epoch = reply.body["grant"]["stop"]
    raise RuntimeError("the disk does not fill up")


async def _looked_at(caller: Caller, frontier: int, found: Found) -> None:
    """Sealed rates, and that a plan is not told as one."""
    for epoch in range(0, frontier, max(1, frontier // 20)):
        reply = await caller.ask("GET", f"/v1/runs/full/lr?epoch={epoch}")
        found.sealed += 1
        found.wrong += not (reply.status == 200 and reply.body["lr"] == 0.1 and reply.body["sealed"])


async def _goes_on(caller: Caller, epoch: int) -> bool:
    for _ in range(200):
        if (await caller.ask("PUT", "/v1/runs/full/workers/w", {"epoch": epoch})).status == 200:
            return True
        await asyncio.sleep(0.01)
    return False


async def refused(source: Nursery) -> list[tuple[int, str]]:
    """How a start ends where it can't write: on a read-only disk, in a file of another kind, below a file."""
    found: list[tuple[int, str]] = []
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        for place in (
            _read_only(Path(folder, "read-only")),
            _other(Path(folder, "other")),
            _file(Path(folder, "file")),
        ):
            service = Service(source, place)
            if not await service.start():
                found.append((service.code or 0, service.said))
            else:
                await service.end()
        unmount(Path(folder, "read-only"))
    return found


def _read_only(folder: Path) -> Path:
    folder.mkdir()
    mount(folder, "size=64k,ro")
    return folder


def _other(folder: Path) -> Path:
    folder.mkdir()
    Path(folder, "setpoint.db").write_bytes(b"This is no database at all, but it is long enough. " * 100)
    return folder


def _file(path: Path) -> Path:
    path.write_text("no folder")
    return path
