"""A disk that fails at the k-th call, for every k: EIO, ENOSPC and short writes, and syncs that fail.

The faults are put in by a library that is preloaded into the service (`faults.c`), because that is where a disk's
faults come from: SQLite's own layer above the system is tried as well, and so are the lock and the folder's sync. A
worker goes through a day's requests, sending again what was not answered; a service that has ended is started again.
"""

import asyncio
import shutil
import signal
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeAlias

from proof.caller import Caller, Lost, Reply
from proof.checker import check
from proof.figure import Figure, none, some, told
from proof.harvest import harvest
from proof.history import Source
from proof.progress import Progress
from proof.recorder import Recorder
from proof.service import Nursery, Service, in_memory, nursery

Body: TypeAlias = Mapping[str, object] | None

_PATIENCE = 400
_PAUSE_SECONDS = 0.005
_AT_FOLDER = 2
_END_SECONDS = 5.0
"""A service that is to end by itself has done so by then."""


class Mode(IntEnum):
    """What becomes of the k-th call."""

    EIO = 1
    ENOSPC = 2
    SHORT = 3
    SYNC = 4


@dataclass(slots=True)
class Trial:
    """What one fault led to."""

    mode: Mode
    k: int
    calls: int = 0
    fired: bool = False
    folder: bool = False
    """That it was the sync of the folder: SQLite goes on where one of its own fails, and Setpoint's comes after it."""
    ended: list[int] = field(default_factory=list[int])
    """The exit codes of services that ended by themselves."""
    said: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])


def run(stride: int = 1) -> list[Figure]:
    """Every `stride`-th write, in each mode, and more of the syncs, which are fewer."""
    if shutil.which("gcc") is None:
        return [Figure("faults", "packages that are not here", "gcc", "none", ok=False)]
    trials = asyncio.run(_all(stride))
    for trial in trials:
        for wrong in trial.wrong:
            print(f"faults: {trial.mode.name} at call {trial.k}: {wrong}", flush=True)
    fired = [trial for trial in trials if trial.fired]
    syncs = [trial for trial in fired if trial.mode is Mode.SYNC and not trial.folder]
    return [
        told("faults", "calls that were made to fail", len(fired)),
        *(some("faults", f"of these {mode.name}", sum(trial.mode is mode for trial in fired)) for mode in Mode),
        none("faults", "wrong values, or answers that were lost", sum(len(trial.wrong) for trial in trials)),
        none("faults", "services that went on after a failed sync", sum(not trial.ended for trial in syncs)),
        none("faults", "of those that ended, with no error code", sum(0 in trial.ended for trial in fired)),
        none(
            "faults",
            "ends that are not told in a line or three",
            sum(not _is_told(said) for t in trials for said in t.said),
        ),
    ]


def _is_told(said: str) -> bool:
    """Whether it is told in a line or three why, and without a traceback.

    The log has what happened and what it means for writes; who started it is told why it ended.
    """
    return 0 < len(said.strip().splitlines()) <= 3 and "Traceback" not in said


async def _all(stride: int) -> list[Trial]:
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        library = built(Path(folder))
        async with nursery({"LD_PRELOAD": str(library)}) as source:
            for mode in Mode:
                calls = (await tried(source, Path(folder, f"{mode.name}-0"), Trial(mode, 0))).calls
                ks = range(1, calls + 1, max(1, stride // 6) if mode is Mode.SYNC else stride)
                progress = Progress(f"faults, {mode.name}", len(ks))
                for k in ks:
                    trials.append(await tried(source, Path(folder, f"{mode.name}-{k}"), Trial(mode, k)))
                    progress.step()
    return trials


def built(folder: Path) -> Path:
    """The library, compiled."""
    library = folder / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


REQUESTS: tuple[tuple[str, str, Body], ...] = (
    ("PUT", "/v1/runs/day", {"schedule": {"kind": "step", "initial_lr": 0.1, "step_size": 2}, "max_lookahead": 2}),
    *(("PUT", "/v1/runs/day/workers/w", {"epoch": epoch, "lookahead": epoch % 3}) for epoch in range(5)),
    ("POST", "/v1/runs/day/changes", {"op": "scale", "factor": 0.5, "reason": "too fast"}),
    *(("PUT", "/v1/runs/day/workers/w", {"epoch": epoch, "lookahead": epoch % 3}) for epoch in range(5, 9)),
    ("GET", "/v1/runs/day/lr?epoch=0&attempt=1", None),
)


async def tried(source: Nursery, folder: Path, trial: Trial) -> Trial:
    """The requests, with one fault among them."""
    recorder, service = Recorder(["day"]), Service(source, folder)
    counter = folder.with_name(f"{folder.name}.counter")
    arm = [str(service.data), trial.k, int(trial.mode), str(counter)]
    if not await service.start(arm=arm):
        _noted(trial, service)
        await _restarted(trial, service)
    for number, (method, path, body) in enumerate(REQUESTS):
        await _asked(trial, service, recorder, (f"{number}", method, path, body))
    trial.calls, fired = struct.unpack("ll", counter.read_bytes())
    trial.fired, trial.folder = fired > 0, fired == _AT_FOLDER
    if (
        trial.fired
        and not trial.ended
        and trial.mode is Mode.SYNC
        and not trial.folder
        and not await service.lived(_END_SECONDS)
    ):
        _noted(trial, service)
    await service.end(signal.SIGTERM)
    harvest(service.data / "setpoint.db", recorder.names, recorder.history, recorder.tick())
    trial.wrong += [f"{violation.invariant}: {violation.detail}" for violation in check(recorder.history)]
    return trial


def _noted(trial: Trial, service: Service) -> None:
    assert service.code is not None
    trial.ended.append(service.code)
    trial.said.append(service.said.partition("/docs\n")[2] or service.said)


async def _restarted(trial: Trial, service: Service) -> None:
    if not await service.start():
        trial.wrong.append(f"it does not start again: {service.said}")
        raise RuntimeError(trial.wrong[-1])


async def _asked(trial: Trial, service: Service, recorder: Recorder, request: tuple[str, str, str, Body]) -> None:
    """Until it is answered."""
    name, method, path, body = request
    caller = Caller(service.port)
    for _ in range(_PATIENCE):
        sent = recorder.tick()
        if body is not None and "epoch" in body:
            recorder.asked(0, 1, 99, sent)
        try:
            headers = {"If-Match": "*", "Idempotency-Key": name} if method == "POST" else {}
            reply = await caller.ask(method, path, body, headers)
        except Lost:
            if await service.ended() is not None:
                _noted(trial, service)
                await _restarted(trial, service)
            reply = None
        if reply is not None and reply.status < 300:
            _recorded(recorder, name, reply, sent)
            break
        if reply is not None and reply.status != 503:
            trial.wrong.append(f"{method} {path} is answered {reply.status}: {reply.body}")
            break
        await asyncio.sleep(_PAUSE_SECONDS)
    else:
        trial.wrong.append(f"{method} {path} is never answered")
    caller.close()


def _recorded(recorder: Recorder, name: str, reply: Reply, sent: int) -> None:
    body: Any = reply.body
    if "grant" in body:
        recorder.checked_in(name, 0, body, sent)
    elif "effective_epoch" in body:
        recorder.changed(name, 0, body, sent)
    elif "sealed" in body:
        recorder.looked(0, body, sent, Source.LOOK, named=True)
