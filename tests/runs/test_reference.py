"""Whatever is asked of a run, in whatever order: it answers what the naive reference says, to the bit.

SETPOINT_STEPS sets how many steps are taken, SETPOINT_SEED the dice.
"""

import asyncio
import math
import os
import random
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from setpoint.errors import SetpointError
from setpoint.runs.command import (
    ChangePlan,
    CheckIn,
    Command,
    Condition,
    Create,
    Leave,
    Measure,
    OpenAttempt,
    Patch,
    PlanTag,
)
from setpoint.runs.event import AttemptOpened, Changed, Key
from setpoint.runs.settings import Settings
from setpoint.runs.state import Attempt, Run
from tests.postgres.server import server
from tests.runs.a_run import CHANGE
from tests.runs.reference import Json, Reference, Refusal
from tests.runs.subjects import Folded, Subject, in_memory, on_postgres, on_sqlite

SEED = int(os.environ.get("SETPOINT_SEED") or random.randrange(2**32))
STEPS = int(os.environ.get("SETPOINT_STEPS") or 10_000)
RULES_OF_A_RUN = 50
STEPS_OF_A_RUN = 80
"""What its rules come to, for some of them ask several things: a step is one question to both."""

SCHEDULES: list[Json] = [
    {"kind": "constant", "initial_lr": 0.1},
    {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.7},
    {"kind": "linear", "initial_lr": 0.3, "final_lr": 0.01, "epochs": 17},
    {"kind": "cosine", "initial_lr": 0.3, "epochs": 23, "min_lr": 0.001},
    {"kind": "table", "values": [0.1, 0.2, 0.3, 0.25, 0.0, 0.15]},
    {"kind": "warmup", "warmup_epochs": 6, "schedule": {"kind": "exponential", "initial_lr": 0.2, "gamma": 0.9}},
    {"kind": "one_cycle", "peak_lr": 0.3, "epochs": 30},
]
DICE = st.integers(0, 2**64 - 1)
"""One draw for each step, and a generator of its own behind it: what is drawn from that has no bias towards 0."""


def an_operation(dice: Random) -> Json:
    op = dice.choice(("scale", "set", "hold", "hold", "release", "release", "replace", "extend", "decay", "cancel"))
    rate = dice.choice((0.0, 0.01, 0.1, 1 / 3, 0.7))
    shape = dice.choice(("linear", "cosine", "geometric", "1-sqrt"))
    parameters: dict[str, Json] = {
        "scale": {"factor": dice.choice((0.1, 0.3, 0.5, 1 / 3, 1.7, 2.0))},
        "set": {"lr": rate},
        "replace": {"schedule": dice.choice(SCHEDULES)},
        "extend": {"epochs": dice.randint(1, 9)},
        "decay": {"epochs": dice.randint(1, 12), "final_lr": rate, "shape": shape},
        "cancel": {"change": dice.randint(1, 9)},
    }
    return {"op": op, **parameters.get(op, {})}


def a_plateau(dice: Random) -> Json:
    return {
        "factor": dice.choice((0.5, 0.3)),
        "patience": dice.choice((0, 0, 1)),
        "cooldown": dice.choice((0, 0, 1)),
        "threshold": 1e-4,
        "min_lr": dice.choice((0.0, 0.02, 0.05)),
        "eps": 1e-8,
        "reports": dice.choice((1, 1, 2)),
        "wait": dice.random() < 0.2,
    }


def what_is_asked(dice: Random) -> Json:
    return {
        "schedule": dice.choice(SCHEDULES),
        "groups": dice.choice(({}, {"head": SCHEDULES[0]}, {"head": SCHEDULES[3], "tail": SCHEDULES[1]})),
        "hyperparameters": dice.choice(({}, {"momentum": SCHEDULES[2]})),
        "start_epoch": dice.choice((0, 0, 4)),
        "max_lookahead": dice.randint(0, 4),
        "progress": dice.choice(("fastest", "fastest", "slowest")),
        "workers": 2,
        "plateau": a_plateau(dice) if dice.random() < 0.6 else None,
        "bounds": dice.choice(({}, {}, {}, {"max_lr": 0.7}, {"max_ratio": 10.0})),
    }


def bits(values: Any) -> bytes:
    flat = list(values)
    return struct.pack(f"<{len(flat)}d", *flat)


def all_of(run: Run) -> list[str]:
    """All that is known of a run, as text: NaN is like NaN there."""
    attempts = [
        {**vars(each), "left": sorted(each.left), "reports": sorted(each.reports.items())} for each in run.attempts
    ]
    return [repr({**vars(run), "attempts": ()}), *map(repr, attempts)]


class Against(RuleBasedStateMachine):
    """One run, and the reference beside it."""

    def made(self) -> Subject:
        return Folded()

    def __init__(self) -> None:
        super().__init__()
        self.run: Run | None = None
        self.told: dict[tuple[int, int], bytes] = {}
        self.last: tuple[Command, Callable[[], Any]] | None = None
        self.subject: Subject = self.made()

    @initialize(dice=DICE)
    def create(self, dice: int) -> None:
        asked = what_is_asked(Random(dice))
        plain = {name: value for name, value in asked.items() if value is not None}
        self.command = Create(Settings.model_validate(plain))
        self.reference: Reference | None = None
        try:
            self.reference = Reference(asked)
        except Refusal as refusal:
            code: str | None = refusal.code
        else:
            code = None
        assert self.refused(self.command) == code

    @property
    def model(self) -> Reference:
        assert self.reference is not None
        return self.reference

    @property
    def attempt(self) -> Attempt:
        assert self.run is not None
        return self.run.attempt

    def refused(self, command: Command) -> str | None:
        try:
            self.run = self.subject.tell(command)
        except SetpointError as error:
            if self.run is not None:
                self.run = self.subject.look()  # it may have been heard all the same
            return error.code
        return None

    def both(self, command: Command, act: Callable[[], Any]) -> Any:
        """What the reference answers, once the run has agreed about whether it is refused."""
        self.last = (command, act)
        answer, code = None, None
        try:
            answer = act()
        except Refusal as refusal:
            code = refusal.code
        assert self.refused(command) == code
        return answer

    @rule(dice=DICE)
    def check_in(self, dice: int) -> None:
        if self.reference is not None:
            self._check_in(Random(dice))

    @rule(dice=DICE)
    def train(self, dice: int) -> None:
        """A few check-ins on end, so that a run gets somewhere."""
        if self.reference is not None:
            source = Random(dice)
            for _ in range(3):
                self._check_in(source, ahead=0)

    def _check_in(self, dice: Random, ahead: int | None = None) -> None:
        worker = dice.choice(("w0", "w1", "w2", None))
        ahead = dice.choice((-4, -2, -1, -1, 0, 0, 0, 1, 2, 5)) if ahead is None else ahead
        number, epoch = self._attempt_number(dice), max(self.model.now["frontier"] + ahead, 0)
        lookahead = dice.randint(0, 5)
        command = CheckIn(worker, epoch, number, lookahead)
        granted = self.both(command, lambda: self.model.check_in(worker, epoch, number, lookahead))
        if granted is not None:
            self._told(number, epoch, granted)

    def _attempt_number(self, dice: Random) -> int:
        """Mostly the current one."""
        number = int(self.model.now["number"])
        return dice.choice((max(number - 1, 1), number + 1)) if dice.random() < 0.05 else number

    def _told(self, number: int, epoch: int, granted: list[tuple[float, ...]]) -> None:
        """What is answered is what the reference says, and what was answered before."""
        for at, values in enumerate(granted, epoch):
            said = bits(self.attempt.sealed.value(column, at) for column in range(len(values)))
            assert said == bits(values)
            assert self.told.setdefault((number, at), said) == said

    @rule(dice=DICE)
    def operate(self, dice: int) -> None:
        """A few changes. Hypothesis begins with fifty times the rule whose name comes first: it had better be quick."""
        if self.reference is not None:
            source = Random(dice)
            for _ in range(source.randint(1, 4)):
                self._change(self._placed(source))

    def _change(self, change: Json) -> None:
        command = ChangePlan(CHANGE.validate_python(change), Condition(None))
        answer = self.both(command, lambda: self.model.change(change))
        if answer is not None:
            self._received(answer)

    def _placed(self, dice: Random) -> Json:
        change = an_operation(dice)
        if dice.random() < 0.7:
            ahead = dice.randint(-2, 6)
            change.update(epoch=max(self.model.now["frontier"] + ahead, 0), exact=dice.random() < 0.1)
        if dice.random() < 0.3:
            change["groups"] = dice.sample(self.model.names, 1)
        if change["op"] == "cancel" and dice.random() < 0.8:
            change["change"] = max(self.model.numbers - dice.randrange(4), 1)
        return change

    def _received(self, answer: Json) -> None:
        assert self.run is not None
        event = self.run.changes[-1].event
        assert isinstance(event, Changed)
        assert (event.number, event.effective_epoch, event.plan_version) == (
            answer["number"],
            answer["epoch"],
            answer["version"],
        )
        assert (bits(event.before), bits(event.after)) == (bits(answer["before"]), bits(answer["after"]))

    @rule(dice=DICE)
    def keyed_change(self, dice: int) -> None:
        if self.reference is not None:
            self._keyed_change(Random(dice))

    def _keyed_change(self, dice: Random) -> None:
        change = {"op": "scale", "factor": dice.choice((0.5, 2.0))}
        name, tag = dice.randrange(9), dice.choice(("*", None, "now", "older"))
        number, version = self.model.tag()
        version -= tag == "older"
        meant = (number, version) if tag in ("now", "older") else tag
        condition = {"*": Condition(None), None: None}.get(tag, Condition((PlanTag(1, number, version),)))
        command = ChangePlan(CHANGE.validate_python(change), condition, Key(f"k{name}", str(change)))
        self.both(command, lambda: self.model.change(change, meant, (f"k{name}", str(change))))

    @rule(dice=DICE)
    def open(self, dice: int) -> None:
        if self.reference is not None:
            self._open(Random(dice))

    def _open(self, dice: Random) -> None:
        first = max(self.model.now["frontier"] - dice.choice((-1, 0, 1, 2, 3, 4, 5, 6, 8)), 0)
        keep: Any = dice.choice(("values", "values", "changes", "nothing"))
        changes = [an_operation(dice) for _ in range(dice.choice((0, 0, 0, 1, 2)))]
        parent = dice.randint(1, len(self.model.attempts) + 1) if dice.random() < 0.2 else None
        asked: Json = {"from_epoch": first, "keep": keep, "changes": changes, "parent": parent}
        ops = tuple(CHANGE.validate_python(each) for each in changes)
        command = OpenAttempt(first, Condition(None), keep, ops, parent)
        answer = self.both(command, lambda: self.model.open(asked))
        if answer is not None:
            assert self.run is not None
            opened = [each.event for each in self.run.changes if isinstance(each.event, AttemptOpened)][-1]
            assert {"attempt": opened.attempt, "dropped": sorted(opened.dropped)} == answer

    @rule(dice=DICE)
    def measure(self, dice: int) -> None:
        if self.reference is not None:
            source = Random(dice)
            for _ in range(3):
                self._measure(source)

    def _measure(self, dice: Random) -> None:
        worker, value = dice.choice(("w0", "w1", "w2")), dice.choice((0.5, 0.9, 1.0, 1.0, math.nan))
        number, epoch = self._attempt_number(dice), max(self.model.now["frontier"] - dice.randint(-1, 5), 0)
        self.both(Measure(worker, epoch, value, 1.0, number), lambda: self.model.measure(worker, epoch, value, number))

    @rule(dice=DICE)
    def something_rare(self, dice: int) -> None:
        source = Random(dice)
        if self.reference is not None:
            source.choice((self._leave, self._end, self._repeat, self._repeat, self._create_again))(source)

    def _leave(self, dice: Random) -> None:
        worker = dice.choice(("w0", "w1", "w2"))
        self.both(Leave(worker), lambda: self.model.leave(worker))

    def _end(self, dice: Random) -> None:
        state: Any = "archived" if dice.random() < 0.03 else "finished"
        self.both(Patch(state), lambda: self.model.patch(state))

    def _repeat(self, _dice: Random) -> None:
        """What was delivered once is delivered again."""
        if self.last is not None and isinstance(self.last[0], (CheckIn, Leave, Measure)):
            self.both(*self.last)

    def _create_again(self, _dice: Random) -> None:
        before = self.run
        assert self.subject.tell(self.command) == before

    @invariant()
    def they_agree(self) -> None:
        if self.run is None or self.reference is None:
            return
        run, attempt, now = self.run, self.attempt, self.model.now
        assert (run.state, run.plan_version, attempt.number) == (
            self.model.state,
            self.model.plan_version,
            now["number"],
        )
        assert (attempt.position, attempt.frontier) == (now["position"], now["frontier"])
        first = now["frontier"]
        for column in range(len(self.model.columns)):
            planned = attempt.plan.values(column, first, first + 5)
            assert bits(planned) == bits(self.model.curve(column, first, first + 5))

    def teardown(self) -> None:
        try:
            if self.run is not None and self.reference is not None:
                self._all_is_as_it_was_told(self.subject.again())
        finally:
            self.subject.close()

    def _all_is_as_it_was_told(self, again: Run) -> None:
        assert self.run is not None
        assert all_of(again) == all_of(self.run)
        for attempt, there in zip(again.attempts, self.model.attempts, strict=True):
            for epoch, values in there["sealed"].items():
                assert bits(attempt.sealed.value(column, epoch) for column in range(len(values))) == bits(values)
            versions = [stretch.plan_version for stretch in attempt.sealed.stretches]
            assert versions == sorted(versions)
        for (number, epoch), said in self.told.items():
            sealed = again.attempts[number - 1].sealed
            assert bits(sealed.value(column, epoch) for column in range(len(self.model.columns))) == said


def explore(machine: type[Against], steps: int) -> None:
    print(f"{steps} steps, SETPOINT_SEED={SEED}")
    run_state_machine_as_test(
        seed(SEED)(machine),
        settings=settings(
            max_examples=max(steps // STEPS_OF_A_RUN, 1),
            stateful_step_count=RULES_OF_A_RUN,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # a failure is told by its seed; making it smaller takes minutes
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


def test_the_pure_run_is_the_reference() -> None:
    explore(Against, STEPS * 2 // 10)


@pytest.mark.parametrize("journal", ["memory", "sqlite"])
def test_the_coordinated_run_is_the_reference(journal: str) -> None:
    loop = asyncio.new_event_loop()

    with tempfile.TemporaryDirectory() as folder:
        paths = (Path(folder) / f"{number}.db" for number in range(10**9))

        class Coordinated(Against):
            def made(self) -> Subject:
                return in_memory(loop) if journal == "memory" else on_sqlite(next(paths), loop)

        explore(Coordinated, STEPS * 95 // 100 if journal == "memory" else STEPS // 20)
    loop.close()


@pytest.mark.parametrize("replicas", [2, 3])
def test_a_run_that_several_processes_share_is_the_reference(replicas: int) -> None:
    loop, url = asyncio.new_event_loop(), server().database()

    class Shared(Against):
        def made(self) -> Subject:
            return on_postgres(url, replicas, loop)

    explore(Shared, STEPS // 50)
    loop.close()
