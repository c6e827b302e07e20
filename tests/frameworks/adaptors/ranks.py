"""Trainings of several processes, forked from one that has imported torch already; none outlives its block."""

import json
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.frameworks.adaptors import rank as ranks
from tests.frameworks.adaptors.rank import Job

ROOT = Path(__file__).parents[3]
PATIENCE = 120.0

Line = dict[str, Any]


def _forks() -> Any:
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(ROOT), *filter(None, paths)]))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([ranks.__name__])
    return context


@dataclass
class Team:
    """The ranks of one launch."""

    job: Job
    processes: list[Any] = field(default_factory=list[Any])

    def lines(self, rank: int) -> list[Line]:
        """What that rank has written so far."""
        path = self.job.log(rank)
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def updates(self, rank: int) -> list[Line]:
        return [line for line in self.lines(rank) if "epoch" in line]

    def end(self, rank: int) -> Line:
        """How that rank came to its end: what it wrote last."""
        last = self.lines(rank)[-1]
        assert "end" in last, f"rank {rank} is not done: {last}"
        return last

    def await_update(self, epoch: int, rank: int = 0) -> None:
        """Wait until that rank has made the update of `epoch`."""
        eventually(lambda: any(line["epoch"] >= epoch for line in self.updates(rank)) or self._has_ended(rank))

    def await_end(self) -> None:
        for process in self.processes:
            process.join(PATIENCE)
            assert process.exitcode is not None, f"{process.name} did not end"

    def kill(self, *which: int, number: int = signal.SIGKILL) -> None:
        """Send those ranks (all, unless told) a signal, all at once."""
        chosen = [self.processes[rank] for rank in which] if which else self.processes
        for process in chosen:
            if process.is_alive():
                os.kill(process.pid, number)
        if number == signal.SIGKILL:
            for process in chosen:
                process.join(PATIENCE)

    def _has_ended(self, rank: int) -> bool:
        return self.processes[rank].exitcode is not None


class Launcher:
    """Launches trainings in one folder, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._teams: list[Team] = []

    def launch(
        self,
        count: int,
        updates: int,
        remote: dict[str, Any],
        target: Callable[[Job, int], None] = ranks.run,
        **job: Any,
    ) -> Team:
        """Start so many ranks."""
        launch = len(self._teams)
        team = Team(Job(str(self._folder), launch, count, updates, remote, **job))
        self._teams.append(team)
        for rank in range(count):
            process = FORKS.Process(target=target, args=(team.job, rank), name=f"rank{rank}", daemon=True)
            process.start()
            team.processes.append(process)
        return team

    def close(self) -> None:
        for team in self._teams:
            team.kill()


@contextmanager
def launcher() -> Generator[Launcher]:
    with tempfile.TemporaryDirectory(prefix="setpoint-ranks-") as folder:
        launching = Launcher(Path(folder))
        try:
            yield launching
        finally:
            launching.close()


def eventually(fact: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def split(team: Team) -> list[int]:
    """The epochs at which two ranks had learning rates or weights that differ in a bit."""
    columns = [{line["epoch"]: (line["lr"], line["weights"]) for line in team.updates(rank)} for rank in _all(team)]
    return [epoch for epoch in sorted(columns[0]) if len({column.get(epoch) for column in columns}) > 1]


def rates(lines: Sequence[Line]) -> dict[int, float]:
    """The learning rate of each update that was made."""
    return {line["epoch"]: float.fromhex(line["lr"]) for line in lines}


def _all(team: Team) -> range:
    return range(team.job.ranks)


FORKS = _forks()
