"""Specs that nobody would write: each is refused with a fault, or answers finite learning rates that are not negative.

    python -m proof.fuzz [SECONDS]

What is tried begins with a proper spec of every kind. A process for each CPU (`proof/fuzzing.py`) changes them, and
goes on from those that lead to lines of the reader where none had been.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from proof.figure import Figure, Interrupted, all_of, none, some, table, told
from setpoint.api import strict
from setpoint.errors import SetpointError
from setpoint.schedules.kinds import KINDS, parse

EPOCHS = (0, 1, 2, 7, 100, 4095, 4096, 10**6, 10**9, 2**53 - 1)
MOST_SHOWN = 20
OUTCOME = "outcome.json"
PROCESSES = os.cpu_count() or 1
_TOLD_SECONDS = 20.0
LONG = 24 * 3600.0


@dataclass(slots=True)
class Outcome:
    tried: int = 0
    served: int = 0
    refused: int = 0
    crashes: list[str] = field(default_factory=list[str])
    not_finite: list[str] = field(default_factory=list[str])
    kinds: dict[str, int] = field(default_factory=dict[str, int])
    """How often each was served."""


def tried(content: bytes, outcome: Outcome) -> None:
    """Try to read `content` as a spec, and to serve it; what comes of it is added to `outcome`."""
    outcome.tried += 1
    try:
        spec = parse(strict.read(content))
        values = [spec.lr(epoch) for epoch in EPOCHS]
    except SetpointError:
        outcome.refused += 1
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        outcome.crashes.append(f"{type(error).__name__}: {error}: {_shown(content)}")
    else:
        outcome.served += 1
        kind = spec.plain()["kind"]
        outcome.kinds[kind] = outcome.kinds.get(kind, 0) + 1
        if not all(math.isfinite(value) and value >= 0 for value in values):
            outcome.not_finite.append(_shown(content))


def _shown(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")


def fuzzed(executions: int, seconds: float, seed: int, processes: int = PROCESSES) -> Outcome:
    """What comes of so many executions, or of those of so many seconds, by several processes, each with its seed."""
    shares = [executions * (i + 1) // processes - executions * i // processes for i in range(processes)]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folders = [Path(name) / str(i) for i in range(processes)]
        running = [
            stack.enter_context(_started(folder, share, seconds, seed + i))
            for i, (folder, share) in enumerate(zip(folders, shares, strict=True))
        ]
        try:
            while any(process.poll() is None for process in running):
                _wait(running, _TOLD_SECONDS)
                so_far = _sum(folders)
                print(f"fuzz: {so_far.tried:,} of {executions:,}, {len(so_far.crashes)} crashes", flush=True)
        except KeyboardInterrupt:
            _wait(running)
            raise Interrupted(figures(_sum(folders), seed)) from None
        outcome = _sum(folders)
        for folder, process in zip(folders, running, strict=True):
            if process.returncode:
                said = (folder / "said").read_text(encoding="utf-8", errors="replace")
                outcome.crashes.append(f"a process ended with {process.returncode}: {said[-2000:]}")
        return outcome


def _started(folder: Path, executions: int, seconds: float, seed: int) -> "subprocess.Popen[bytes]":
    folder.mkdir()
    words = [str(folder / OUTCOME), str(executions), str(seconds), str(seed)]
    with (folder / "said").open("wb") as said:
        return subprocess.Popen([sys.executable, "-m", "proof.fuzzing", *words], stderr=said)


def _wait(processes: Sequence["subprocess.Popen[bytes]"], seconds: float | None = None) -> None:
    """Until the last of them ends, or so long."""
    ends = None if seconds is None else perf_counter() + seconds
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(None if ends is None else max(ends - perf_counter(), 0))


def _sum(folders: Sequence[Path]) -> Outcome:
    """What all of them have come to so far."""
    total = Outcome()
    for file in (folder / OUTCOME for folder in folders if (folder / OUTCOME).exists()):
        found = Outcome(**json.loads(file.read_text(encoding="utf-8")))
        total.tried += found.tried
        total.served += found.served
        total.refused += found.refused
        total.crashes += found.crashes
        total.not_finite += found.not_finite
        for kind, count in found.kinds.items():
            total.kinds[kind] = total.kinds.get(kind, 0) + count
    return total


def run(executions: int = 10_000_000, seed: int = 1, seconds: float = LONG) -> list[Figure]:
    """Try so many; what came of it."""
    began = perf_counter()
    outcome = fuzzed(executions, seconds, seed)
    for line in [*outcome.crashes, *outcome.not_finite][:MOST_SHOWN]:
        print(line)
    speed = round(outcome.tried / (perf_counter() - began))
    return [*figures(outcome, seed), told("fuzz", "specs a second", speed)]


def figures(outcome: Outcome, seed: int) -> list[Figure]:
    return [
        told("fuzz", "specs tried", outcome.tried),
        none("fuzz", "crashes", len(outcome.crashes)),
        none("fuzz", "values that are not finite, or negative", len(outcome.not_finite)),
        some("fuzz", "specs served", outcome.served),
        some("fuzz", "specs refused", outcome.refused),
        all_of("fuzz", "kinds served", len(outcome.kinds), len(KINDS)),
        told("fuzz", "first seed, of so many processes", f"{seed}, {PROCESSES}"),
    ]


def main(seconds: float = 60.0) -> int:
    found = run(seconds=seconds)
    print(table(found))
    return 0 if all(each.ok for each in found) else 1


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:])))
