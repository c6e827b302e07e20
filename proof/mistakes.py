"""Mistakes in the code that seals, serialises and writes, as one would make them: a few characters each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """What goes wrong, in which file, by which edit, and the test (or all of a file, or folder) that notices."""

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
    Mutant(
        "a change acts on sealed epochs", "runs/deciding/changes.py",
        "return frontier if change.epoch is None else max(change.epoch, frontier)",
        "return frontier if change.epoch is None else change.epoch",
        "tests/runs/test_changes.py",
    ),
    Mutant(
        "a worker of the last attempt is let in", "runs/deciding/guards.py",
        "if attempt < now.number:",
        "if attempt < now.number - 1:",
        "tests/runs/test_attempts.py",
    ),
    Mutant(
        "an answer does not wait for what it stands on", "coordination/coordinator.py",
        "        await self._true(desk, writes=bool(recorded) and not dry_run)\n        if counts:",
        "        if counts:",
        "tests/coordination",
    ),
    Mutant(
        "a grant is as long as the run allows, whatever was asked", "runs/deciding/checkins.py",
        "return command.epoch + 1 + min(command.lookahead, run.settings.lookahead)",
        "return command.epoch + 1 + run.settings.lookahead",
        "tests/runs/test_checkins.py",
    ),
    Mutant(
        "an epoch may lie one further ahead than a window", "runs/deciding/checkins.py",
        "if command.epoch > trained_up_to + limit:",
        "if command.epoch > trained_up_to + limit + 1:",
        "tests/runs/test_checkins.py",
    ),
    Mutant(
        "a new attempt inherits its own first epoch", "runs/evolve.py",
        "sealed=parent.sealed.before(first),",
        "sealed=parent.sealed.before(first + 1),",
        "tests/runs/test_attempts.py",
    ),
    Mutant(
        "the policy acts on sealed epochs", "runs/deciding/metrics.py",
        "effective_epoch=max(attempt.frontier, decision.epoch + 1),",
        "effective_epoch=decision.epoch + 1,",
        "tests/runs/test_plateau.py",
    ),
    Mutant(
        "a condition outranks a key", "runs/deciding/changes.py",
        "    if guards.answered(run, command.key) is not None:\n        return ()\n"
        "    guards.condition_holds(run, command.condition, incarnation)\n",
        "    guards.condition_holds(run, command.condition, incarnation)\n"
        "    if guards.answered(run, command.key) is not None:\n        return ()\n",
        "tests/runs/test_attempts.py",
    ),
)  # fmt: skip
