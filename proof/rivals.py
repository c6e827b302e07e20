"""How often workers are split by other ways to share a changing learning rate, beside Setpoint, at the same moments.

A simulation in this process, of workers that reach each epoch within some jitter of each other, as those of one
data-parallel training do. Three ways to know the rate: a config value that every worker polls, each in its own phase;
the config value asked for at the beginning of every epoch; and a check-in with Setpoint, which is decided by the
service's own code (`runs`), without HTTP. An epoch is split where two workers used two versions of the rate.
"""

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proof.figure import Figure, none, some
from setpoint.runs.change import Scale
from setpoint.runs.command import ChangePlan, CheckIn, Command, Condition, Create
from setpoint.runs.decide import decide
from setpoint.runs.event import Origin, Recorded
from setpoint.runs.evolve import created, evolve
from setpoint.runs.settings import Settings
from setpoint.runs.state import Run

_NOWHEN = Origin("", "")
_SETTINGS = Settings.model_validate({"schedule": {"kind": "constant", "initial_lr": 0.1}})


@dataclass(frozen=True, slots=True)
class Training:
    """Workers: how long an epoch (or a step) takes, how far apart they begin it, how often they poll a config."""

    name: str
    epoch_seconds: float
    jitter_seconds: float
    poll_seconds: float
    workers: int = 8
    epochs: int = 200
    changes: int = 10


TRAININGS = (
    Training("epochs of 60 s, polls every 30 s", 60, 2, 30),
    Training("epochs of 60 s, polls every 5 s", 60, 2, 5),
    Training("steps of 0.5 s, polls every 30 s", 0.5, 0.05, 30, epochs=2000),
    Training("steps of 0.5 s, polls every 5 s", 0.5, 0.05, 5, epochs=2000),
)


@dataclass(frozen=True, slots=True)
class Moments:
    """When each worker begins each epoch, and when the rate is changed."""

    starts: Sequence[Sequence[float]]
    changes: Sequence[float]

    @staticmethod
    def drawn(training: Training, chance: random.Random) -> "Moments":
        length, jitter = training.epoch_seconds, training.jitter_seconds
        starts = [
            [epoch * length + chance.uniform(0, jitter) for _ in range(training.workers)]
            for epoch in range(training.epochs)
        ]
        changes = sorted(chance.uniform(0, training.epochs * length) for _ in range(training.changes))
        return Moments(starts, changes)


def run(repeats: int = 20, first_seed: int = 1) -> list[Figure]:
    """Of all changes in so many trainings of each sort, how many split the workers."""
    print(f"rivals: seeds {first_seed} to {first_seed + repeats - 1}", flush=True)
    figures: list[Figure] = []
    for training in TRAININGS:
        polled, asked, sealed = (0, 0, 0)
        for seed in range(first_seed, first_seed + repeats):
            chance = random.Random(seed)
            moments = Moments.drawn(training, chance)
            polled += splitting(by_polling(training, moments, chance))
            asked += splitting(by_asking(moments))
            sealed += splitting(by_sealing(moments))
        total = repeats * training.changes
        figures += [
            some("rivals", f"{training.name}: of {total} changes, split by polling", polled),
            some("rivals", f"{training.name}: of {total} changes, split by GET at every epoch", asked),
            none("rivals", f"{training.name}: of {total} changes, split by Setpoint", sealed),
        ]
    return figures


def splitting(used: Iterable[Sequence[int]]) -> int:
    """How many changes split the workers, who used these versions in each epoch."""
    return len({version for versions in used for version in range(min(versions) + 1, max(versions) + 1)})


def by_polling(training: Training, moments: Moments, chance: random.Random) -> list[list[int]]:
    """Each worker goes by what its last poll told."""
    every = training.poll_seconds
    phases = [chance.uniform(0, every) for _ in range(training.workers)]
    return [
        [_version(moments, at - (at - phase) % every) for at, phase in zip(row, phases, strict=True)]
        for row in moments.starts
    ]


def by_asking(moments: Moments) -> list[list[int]]:
    """Each worker asks at the beginning of its epoch."""
    return [[_version(moments, at) for at in row] for row in moments.starts]


def _version(moments: Moments, at: float) -> int:
    """How often the rate has been changed by then."""
    return bisect_right(moments.changes, at)


def by_sealing(moments: Moments) -> list[list[int]]:
    """Each worker checks in at the beginning of its epoch; changes come in between at their own moments."""
    commands: list[tuple[float, int, Command]] = [
        (at, epoch, CheckIn(f"w{worker}", epoch))
        for epoch, row in enumerate(moments.starts)
        for worker, at in enumerate(row)
    ]
    change = ChangePlan(Scale(op="scale", factor=0.9, reason="drawn"), Condition(None))
    commands += [(at, -1, change) for at in moments.changes]
    run = _done(None, Create(_SETTINGS))
    used: list[list[int]] = [[] for _ in moments.starts]
    for _, epoch, command in sorted(commands, key=lambda each: each[0]):
        run = _done(run, command)
        if epoch >= 0:
            used[epoch].append(run.attempt.sealed.at(epoch).plan_version)
    return used


def _done(run: Run | None, command: Command) -> Run:
    """The run after the command, decided as the service decides it."""
    for event in decide(run, command, 1).events:
        recorded = Recorded(1 if run is None else run.version + 1, event, _NOWHEN)
        run = created("rivals", recorded) if run is None else evolve(run, recorded)
    assert run is not None
    return run
