"""Ten mutants of the coordination and the journal, each killed by the test that is named for what it breaks.

A mutant is one edit of the source text, made in a copy. A test that passes on the source and fails on the mutant has
killed it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proof.figure import Figure, all_of
from proof.service import ROOT

_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Mutant:
    """What goes wrong, in which file, by which edit, and the test that notices."""

    name: str
    file: str
    old: str
    new: str
    test: str


COORDINATOR = "coordination/coordinator.py"
WRITER = "journal/sqlite/writer.py"
TESTS = "tests/coordination/test_coordinator.py::test_"

MUTANTS = (
    Mutant(
        "answers before it is durable", COORDINATOR,
        "        await self._durable(desk)\n", "",
        f"{TESTS}nothing_is_answered_or_shown_before_it_is_durable",
    ),
    Mutant(
        "only answers with events wait", COORDINATOR,
        "        await self._durable(desk)\n",
        "        if decision.events:\n            await self._durable(desk)\n",
        f"{TESTS}an_answer_without_events_waits_for_what_it_stands_on",
    ),
    Mutant(
        "who stops waiting cancels the write of others", COORDINATOR,
        "await shield(desk.tail)", "await desk.tail",
        f"{TESTS}a_caller_that_goes_away_takes_nothing_back",
    ),
    Mutant(
        "a failed write leaves the run as if it were written", COORDINATOR,
        "            self._desks.dropped(desk)\n            return\n",
        "            desk.tail = None\n            return\n",
        f"{TESTS}after_a_failed_commit_all_that_stood_on_it_fails_and_the_run_goes_on",
    ),
    Mutant(
        "a run is put away while it is being written", "coordination/desks.py",
        " if desk.tail is None)", ")",
        f"{TESTS}what_nobody_uses_is_put_away_but_not_while_it_is_being_written",
    ),
    Mutant(
        "an entry is written whatever it expects", "journal/sqlite/group.py",
        "if place.head.version != entry.expected:", "if place.head.version > entry.expected + 10**9:",
        "tests/journal/test_contract.py::test_an_entry_that_expects_another_state_is_overtaken_alone",
    ),
    Mutant(
        "what stood on a lost entry is written", WRITER,
        "            if name in self._lost:\n", "            if name in self._lost and self._failed:\n",
        "tests/journal/test_contract.py::test_what_was_decided_on_a_lost_entry_is_lost_too_although_its_number_fits",
    ),
    Mutant(
        "a commit returns before the log is synced", "journal/sqlite/connection.py",
        "FULL = 2\n", "FULL = 1\n",
        "tests/proof/test_power.py::test_five_hundred_power_losses_lose_nothing_with_full_and_something_with_normal",
    ),
    Mutant(
        "the chain is not compared", "journal/chain.py",
        "        if chain != written:\n", "        if not written:\n",
        "tests/journal/test_chain.py::test_a_damaged_run_is_neither_served_nor_sealed_and_the_others_go_on",
    ),
    Mutant(
        "a failed sync is tried again", WRITER,
        "if isinstance(error, apsw.IOError):\n                self._stop(error)",
        "if isinstance(error, apsw.IOError):\n                pass",
        "tests/journal/test_sqlite.py::test_after_a_failed_sync_nothing_is_written_any_more_and_the_process_is_told_to_end",
    ),
)  # fmt: skip


def run(mutants: Sequence[Mutant] = MUTANTS) -> list[Figure]:
    """Each mutant's test on the source, and on the mutant."""
    sound = sum(passes(None, mutant.test) for mutant in mutants)
    killed = sum(is_killed(mutant) for mutant in mutants)
    return [
        all_of("mutants", "tests that pass on the source", sound, len(mutants)),
        all_of("mutants", "mutants killed", killed, len(mutants)),
    ]


def is_killed(mutant: Mutant) -> bool:
    killed = not passes(mutant, mutant.test)
    print(f"mutants: {mutant.name}: {'killed' if killed else 'SURVIVED'}", flush=True)
    return killed


def passes(mutant: Mutant | None, test: str) -> bool:
    """Whether the test passes in a copy of the source with the mutant in it.

    Raises:
        ValueError: the text that the mutant replaces is not there, or not once; or the test is not.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name in ("service", "tests", "proof"):
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        if mutant is not None:
            _edit(Path(folder, "service/setpoint", mutant.file), mutant)
        command = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", test)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, str(Path(folder, "service"))])}
        done = subprocess.run(command, cwd=folder, env=environment, timeout=_SECONDS, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise ValueError(f"{test} was not run: {done.stdout.decode()}{done.stderr.decode()}")
    return done.returncode == 0


def _edit(path: Path, mutant: Mutant) -> None:
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: {mutant.old!r} stands {text.count(mutant.old)} times in {mutant.file}")
    path.write_text(text.replace(mutant.old, mutant.new))
