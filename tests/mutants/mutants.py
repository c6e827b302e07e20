"""Ten mistakes in the code that seals and writes, as one would make them: a few characters each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`before` stands in `path` once; with `after` in its place a test among `tests` must fail."""

    name: str
    path: str
    before: str
    after: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        "a change acts on sealed epochs",
        "runs/deciding/changes.py",
        "return frontier if change.epoch is None else max(change.epoch, frontier)",
        "return frontier if change.epoch is None else change.epoch",
        ("tests/runs/test_changes.py",),
    ),
    Mutant(
        "a worker of the last attempt is let in",
        "runs/deciding/guards.py",
        "if attempt < now.number:",
        "if attempt < now.number - 1:",
        ("tests/runs/test_attempts.py",),
    ),
    Mutant(
        "an answer does not wait for what it stands on",
        "coordination/coordinator.py",
        "        await self._true(desk, writes=bool(recorded) and not dry_run)\n        if counts:",
        "        if counts:",
        ("tests/coordination",),
    ),
    Mutant(
        "a grant is as long as the run allows, whatever was asked",
        "runs/deciding/checkins.py",
        "return command.epoch + 1 + min(command.lookahead, run.settings.lookahead)",
        "return command.epoch + 1 + run.settings.lookahead",
        ("tests/runs/test_checkins.py",),
    ),
    Mutant(
        "an epoch may lie one further ahead than a window",
        "runs/deciding/checkins.py",
        "if command.epoch > trained_up_to + limit:",
        "if command.epoch > trained_up_to + limit + 1:",
        ("tests/runs/test_checkins.py",),
    ),
    Mutant(
        "a new attempt inherits its own first epoch",
        "runs/evolve.py",
        "sealed=parent.sealed.before(first),",
        "sealed=parent.sealed.before(first + 1),",
        ("tests/runs/test_attempts.py",),
    ),
    Mutant(
        "the policy acts on sealed epochs",
        "runs/deciding/metrics.py",
        "effective_epoch=max(attempt.frontier, decision.epoch + 1),",
        "effective_epoch=decision.epoch + 1,",
        ("tests/runs/test_plateau.py",),
    ),
    Mutant(
        "a condition outranks a key",
        "runs/deciding/changes.py",
        "    if guards.answered(run, command.key) is not None:\n        return ()\n"
        "    guards.condition_holds(run, command.condition, incarnation)\n",
        "    guards.condition_holds(run, command.condition, incarnation)\n"
        "    if guards.answered(run, command.key) is not None:\n        return ()\n",
        ("tests/runs/test_attempts.py",),
    ),
    Mutant(
        "who writes second is not told that another was first",
        "journal/sqlite/group.py",
        "if place.head.version != entry.expected:",
        "if place.head.version < entry.expected:",
        ("tests/journal/test_contract.py",),
    ),
    Mutant(
        "a damaged event is read all the same",
        "journal/chain.py",
        "        if chain != written:\n",
        "        if chain != written and not written:\n",
        ("tests/journal/test_chain.py",),
    ),
)
IN_CI = 3
"""The first of them; the others are for `make proof`."""
