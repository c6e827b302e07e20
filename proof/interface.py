"""The documented interface: whatever its document allows is answered as it says, and whatever it forbids is refused.

schemathesis reads /openapi.json of a running service and asks every operation, with examples, with values at and past
each limit, with generated ones, and in sequences where one answer's names are the next question's: without tokens, and
once more with tokens asked for. All of its checks are made; that a token is needed can be checked only where one is.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proof.figure import Figure, all_of, none, some
from proof.service import ROOT

SECRET = "a-token-that-proof-interface-gives"
PHASES = "examples,coverage,fuzzing,stateful"


@dataclass(slots=True)
class Asked:
    """What came of it."""

    documented: int = 0
    operations: set[str] = field(default_factory=set[str])
    """Those that were answered at all."""
    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter[int])
    failures: list[str] = field(default_factory=list[str])

    @property
    def faults(self) -> int:
        """Answers of 5xx."""
        return sum(count for status, count in self.statuses.items() if status >= 500)


def run(examples: int, seed: int = 1, phases: str = PHASES) -> list[Figure]:
    """So many generated examples of each operation."""
    print(f"interface: seed {seed}", flush=True)
    return [figure for guarded in (False, True) for figure in _figures(guarded, examples, seed, phases)]


def _figures(guarded: bool, examples: int, seed: int, phases: str) -> Iterator[Figure]:
    name = "interface, tokens on" if guarded else "interface"
    print(f"{name}: every operation with {examples} examples", flush=True)
    found = asked(guarded=guarded, examples=examples, seed=seed, phases=phases)
    for failure in found.failures:
        print(failure, flush=True)
    yield all_of(name, "operations asked", len(found.operations), found.documented)
    yield some(name, "requests", found.requests)
    yield none(name, "checks that failed", len(found.failures))
    yield none(name, "answers of 5xx", found.faults)


def asked(*, guarded: bool, examples: int, seed: int, phases: str = PHASES) -> Asked:
    """What comes of asking a service of its own."""
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder), guarded) as url:
        report = Path(folder) / "report.ndjson"
        done = subprocess.run(
            [
                *_COMMAND,
                f"{url}/openapi.json",
                *_flags(guarded, examples, seed, phases),
                "--report-ndjson-path",
                report,
            ],
            cwd=ROOT,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "proof.reading", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        found = _read(report)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"schemathesis ended with {done.returncode}: {done.stdout}{done.stderr}")
    return found


_UNFINISHED = ("FatalError", "NonFatalError", "Interrupted")
_COMMAND = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", "proof/schemathesis.toml", "run"]


def _flags(guarded: bool, examples: int, seed: int, phases: str) -> list[str]:
    told = ["--header", f"Authorization: Bearer {SECRET}"] if guarded else ["--exclude-checks", "ignored_auth"]
    numbers = ["--max-examples", str(examples), "--seed", str(seed), "--request-timeout", "30"]
    return [*told, *numbers, "--phases", phases, "--report", "ndjson", "--no-shrink", "--continue-on-failure"]


@contextmanager
def _served(folder: Path, guarded: bool) -> Generator[str]:
    """The address of `setpoint serve`."""
    command = [str(Path(sys.executable).with_name("setpoint")), "serve", "--port", "0", "--data", str(folder / "data")]
    secret = {"SETPOINT_TOKEN": SECRET} if guarded else {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **secret}) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[3]
        finally:
            process.terminate()


def _read(report: Path) -> Asked:
    found = Asked()
    for line in report.read_text(encoding="utf-8").splitlines():
        ((kind, event),) = json.loads(line).items()
        if kind == "LoadingFinished":
            found.documented = event["statistic"]["operations"]["total"]
        elif kind == "ScenarioFinished" and event.get("recorder"):
            _count(found, event["recorder"])
        elif kind in _UNFINISHED:
            found.failures.append(line)
    return found


def _count(found: Asked, recorder: dict[str, Any]) -> None:
    for interaction in recorder.get("interactions", {}).values():
        if interaction.get("response") is not None:
            found.requests += 1
            found.statuses[interaction["response"]["status_code"]] += 1
            if recorder["label"].partition(" ")[2].startswith("/"):  # and is no sequence of several
                found.operations.add(recorder["label"])
    for case, checks in recorder.get("checks", {}).items():
        for check in checks:
            if check["status"] == "success":
                continue
            told = check["failure_info"]["failure"]
            # After ten wrong tokens a refusal is 429; that check knows 401 and 403 alone.
            if not (check["name"] == "ignored_auth" and "got `429 " in told["message"]):
                found.failures.append(f"{told['operation']}: {check['name']}: {told['message']} ({case})")
