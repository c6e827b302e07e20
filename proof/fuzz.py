"""Specs that nobody would write: each is refused with a fault, or answers finite learning rates that are not negative.

    python -m proof.fuzz [SECONDS]

What is tried begins with a proper spec of every kind. A process of its own (`proof/fuzzing.py`) changes them, and goes
on from those that lead to lines of the reader where none had been.
"""

import json
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from proof.figure import Figure, Interrupted, all_of, none, some, table, told
from setpoint.api import strict
from setpoint.errors import SetpointError
from setpoint.schedules.kinds import KINDS, parse

EPOCHS = (0, 1, 2, 7, 100, 4095, 4096, 10**6, 10**9, 2**53 - 1)
MOST_SHOWN = 20
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


def fuzzed(executions: int, seconds: float, seed: int) -> Outcome:
    """What comes of so many executions, or of those of so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outcome.json"
        words = [str(file), str(executions), str(seconds), str(seed)]
        with subprocess.Popen(
            [sys.executable, "-m", "proof.fuzzing", *words], stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                _, said = process.communicate()
            except KeyboardInterrupt:
                process.communicate()
                raise Interrupted(figures(_read(file), seed)) from None
        outcome = _read(file)
        if process.returncode:
            outcome.crashes.append(f"the process ended with {process.returncode}: {said[-2000:]}")
        return outcome


def _read(file: Path) -> Outcome:
    return Outcome(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else Outcome()


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
        told("fuzz", "seed", seed),
    ]


def main(seconds: float = 60.0) -> int:
    found = run(seconds=seconds)
    print(table(found))
    return 0 if all(each.ok for each in found) else 1


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:])))
