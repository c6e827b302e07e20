"""Whatever is asked of a run, in whatever order: it answers what the naive reference says, to the bit.

SETPOINT_STEPS sets how many steps are taken, SETPOINT_SEED the dice.
"""

import asyncio
import os
import random
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
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
from tests.runs.a_run import CHANGE
from tests.runs.reference import Json, Reference, Refusal
from tests.runs.subjects import Folded, Subject, in_memory, on_sqlite

SEED = int(os.environ.get("SETPOINT_SEED") or random.randrange(2**32))
STEPS = int(os.environ.get("SETPOINT_STEPS") or 10_000)
STEPS_OF_A_RUN = 50

SCHEDULES: list[Json] = [
    {"kind": "constant", "initial_lr": 0.1},
    {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.7},
    {"kind": "linear", "initial_lr": 0.3, "final_lr": 0.01, "epochs": 17},
    {"kind": "cosine", "initial_lr": 0.3, "epochs": 23, "min_lr": 0.001},
    {"kind": "table", "values": [0.1, 0.2, 0.3, 0.25, 0.0, 0.15]},
    {"kind": "warmup", "warmup_epochs": 6, "schedule": {"kind": "exponential", "initial_lr": 0.2, "gamma": 0.9}},
    {"kind": "one_cycle", "peak_lr": 0.3, "epochs": 30},
]
schedules = st.sampled_from(SCHEDULES)
workers = st.sampled_from(["w0", "w1", "w2", "w3"])
rates = st.sampled_from([0.0, 0.01, 0.1, 1 / 3, 0.7])
factors = st.sampled_from([0.1, 0.3, 0.5, 1 / 3, 1.7, 2.0])

operations = st.one_of(
    st.fixed_dictionaries({"op": st.just("scale"), "factor": factors}),
    st.fixed_dictionaries({"op": st.just("set"), "lr": rates}),
    st.just({"op": "hold"}),
    st.just({"op": "release"}),
    st.fixed_dictionaries({"op": st.just("replace"), "schedule": schedules}),
    st.fixed_dictionaries({"op": st.just("extend"), "epochs": st.integers(1, 9)}),
    st.fixed_dictionaries(
        {
            "op": st.just("decay"),
            "epochs": st.integers(1, 12),
            "final_lr": rates,
            "shape": st.sampled_from(["linear", "cosine", "geometric", "1-sqrt"]),
        }
    ),
    st.fixed_dictionaries({"op": st.just("cancel"), "change": st.integers(1, 9)}),
)
plateaus = st.fixed_dictionaries(
    {
        "factor": st.sampled_from([0.5, 0.3]),
        "patience": st.integers(0, 1),
        "cooldown": st.integers(0, 1),
        "threshold": st.just(1e-4),
        "min_lr": st.sampled_from([0.0, 0.02]),
        "eps": st.just(1e-8),
        "reports": st.integers(1, 2),
        "wait": st.booleans(),
    }
)
runs = st.fixed_dictionaries(
    {
        "schedule": schedules,
        "groups": st.sampled_from([{}, {"head": SCHEDULES[0]}, {"head": SCHEDULES[3], "tail": SCHEDULES[1]}]),
        "hyperparameters": st.sampled_from([{}, {"momentum": SCHEDULES[2]}]),
        "start_epoch": st.sampled_from([0, 0, 4]),
        "max_lookahead": st.integers(0, 4),
        "progress": st.sampled_from(["fastest", "fastest", "slowest"]),
        "workers": st.just(3),
        "plateau": st.none() | plateaus,
        "bounds": st.sampled_from([{}, {}, {"max_lr": 0.7}, {"max_ratio": 10.0}]),
    }
)


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

    @initialize(asked=runs)
    def create(self, asked: Json) -> None:
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

    @rule(worker=workers | st.none(), ahead=st.integers(-4, 5), lookahead=st.integers(0, 5), behind=st.integers(0, 12))
    def check_in(self, worker: str | None, ahead: int, lookahead: int, behind: int) -> None:
        if self.reference is None:
            return
        number, epoch = self._attempt_number(behind), max(self.model.now["frontier"] + ahead, 0)
        command = CheckIn(worker, epoch, number, lookahead)
        granted = self.both(command, lambda: self.model.check_in(worker, epoch, number, lookahead))
        if granted is not None:
            self._told(number, epoch, granted)

    def _attempt_number(self, behind: int) -> int:
        """Mostly the current one."""
        number = int(self.model.now["number"])
        return {0: max(number - 1, 1), 1: number + 1}.get(behind, number)

    def _told(self, number: int, epoch: int, granted: list[tuple[float, ...]]) -> None:
        """What is answered is what the reference says, and what was answered before."""
        for at, values in enumerate(granted, epoch):
            said = bits(self.attempt.sealed.value(column, at) for column in range(len(values)))
            assert said == bits(values)
            assert self.told.setdefault((number, at), said) == said

    @rule(change=operations, ahead=st.none() | st.integers(-3, 8), exact=st.booleans(), group=st.integers(0, 7))
    def change(self, change: Json, ahead: int | None, exact: bool, group: int) -> None:
        if self.reference is None:
            return
        change = self._placed(change, ahead, exact, group)
        answer = self.both(
            ChangePlan(CHANGE.validate_python(change), Condition(None)), lambda: self.model.change(change)
        )
        if answer is not None:
            self._received(answer)

    def _placed(self, change: Json, ahead: int | None, exact: bool, group: int) -> Json:
        change = dict(change)
        if ahead is not None:
            change.update(epoch=max(self.model.now["frontier"] + ahead, 0), exact=exact and ahead < 1)
        if group < len(self.model.names):
            change["groups"] = [self.model.names[group]]
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

    @rule(factor=factors, name=st.integers(0, 2), tag=st.sampled_from(["*", None, "now", "older"]))
    def keyed_change(self, factor: float, name: int, tag: str | None) -> None:
        if self.reference is None:
            return
        change = {"op": "scale", "factor": factor}
        number, version = self.model.tag()
        version -= tag == "older"
        meant = (number, version) if tag in ("now", "older") else tag
        condition = {"*": Condition(None), None: None}.get(tag, Condition((PlanTag(1, number, version),)))
        command = ChangePlan(CHANGE.validate_python(change), condition, Key(f"k{name}", str(change)))
        self.both(command, lambda: self.model.change(change, meant, (f"k{name}", str(change))))

    @rule(
        back=st.integers(-1, 9),
        keep=st.sampled_from(["values", "changes", "nothing"]),
        changes=st.lists(operations, max_size=2),
        parent=st.integers(0, 9),
        chance=st.integers(0, 2),
    )
    def open(self, back: int, keep: Any, changes: list[Json], parent: int, chance: int) -> None:
        if self.reference is None or chance:
            return
        first = max(self.model.now["frontier"] - back, 0)
        asked: Json = {"from_epoch": first, "keep": keep, "changes": changes, "parent": None}
        if 0 < parent <= len(self.model.attempts) + 1:
            asked["parent"] = parent
        ops = tuple(CHANGE.validate_python(each) for each in changes)
        command = OpenAttempt(first, Condition(None), keep, ops, asked["parent"])
        answer = self.both(command, lambda: self.model.open(asked))
        if answer is not None:
            assert self.run is not None
            opened = [each.event for each in self.run.changes if isinstance(each.event, AttemptOpened)][-1]
            assert {"attempt": opened.attempt, "dropped": sorted(opened.dropped)} == answer

    @rule(
        worker=workers,
        back=st.integers(-1, 5),
        value=st.sampled_from([0.5, 0.9, 1.0, 1.0, float("nan")]),
        behind=st.integers(0, 12),
    )
    def measure(self, worker: str, back: int, value: float, behind: int) -> None:
        if self.reference is None:
            return
        number, epoch = self._attempt_number(behind), max(self.model.now["frontier"] - back, 0)
        self.both(Measure(worker, epoch, value, 1.0, number), lambda: self.model.measure(worker, epoch, value, number))

    @rule(worker=workers)
    def leave(self, worker: str) -> None:
        if self.reference is not None:
            self.both(Leave(worker), lambda: self.model.leave(worker))

    @rule(chance=st.integers(0, 60))
    def end(self, chance: int) -> None:
        if self.reference is not None and chance in (0, 1, 2, 3, 4, 5, 60):
            state: Any = "archived" if chance == 60 else "finished"
            self.both(Patch(state), lambda: self.model.patch(state))

    @rule(times=st.integers(1, 2))
    def repeat(self, times: int) -> None:
        """What was delivered once is delivered again."""
        if self.reference is not None and self.last is not None and isinstance(self.last[0], (CheckIn, Leave, Measure)):
            for _ in range(times):
                self.both(*self.last)

    @rule()
    def create_again(self) -> None:
        if self.reference is not None:
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
            stateful_step_count=STEPS_OF_A_RUN,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
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

        explore(Coordinated, STEPS * 8 // 10 if journal == "memory" else STEPS // 20)
    loop.close()
