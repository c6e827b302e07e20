"""A run to act on without a service: commands are decided and their events folded, one after the other."""

from typing import Any

from pydantic import TypeAdapter

from setpoint.errors import SetpointError
from setpoint.runs.change import AnyChange
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
)
from setpoint.runs.decide import decide
from setpoint.runs.event import AttemptOpened, Changed, Decided, Event, Key, Origin, Recorded
from setpoint.runs.evolve import created, evolve
from setpoint.runs.sealed import digest
from setpoint.runs.settings import Settings
from setpoint.runs.state import Attempt, Run

ORIGIN = Origin("2026-05-04T03:02:01.000Z", "ada")
ANY = Condition(None)
CHANGE: TypeAdapter[AnyChange] = TypeAdapter(AnyChange)

STEP_LR = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
"""0.1 for epochs 0 to 4, 0.05 for 5 to 9, 0.025 for 10 to 14, ..."""
LINE = {"kind": "linear", "initial_lr": 1.0, "final_lr": 0.0, "epochs": 8}
"""1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0, 0, ..."""
FLAT = {"kind": "constant", "initial_lr": 1.0}


def change(op: str, **more: Any) -> AnyChange:
    return CHANGE.validate_python({"op": op, **more})


class Story:
    """What happened to one run so far. Each verb is a command; it raises what the run refuses."""

    def __init__(self, incarnation: int = 1) -> None:
        self.incarnation = incarnation
        self.run: Run | None = None
        self.log: list[Recorded] = []

    @property
    def now(self) -> Run:
        assert self.run is not None
        return self.run

    @property
    def attempt(self) -> Attempt:
        return self.now.attempt

    @property
    def frontier(self) -> int:
        return self.attempt.frontier

    @property
    def position(self) -> int:
        return self.attempt.position

    def tell(self, command: Command) -> tuple[Event, ...]:
        decision = decide(self.run, command, self.incarnation)
        for event in decision.events:
            self.log.append(Recorded(len(self.log) + 1, event, ORIGIN))
            self.run = created("mnist", self.log[-1]) if self.run is None else evolve(self.run, self.log[-1])
        if decision.refusal is not None:
            raise decision.refusal
        return decision.events

    def create(self, schedule: Any = STEP_LR, **more: Any) -> tuple[Event, ...]:
        return self.tell(Create(Settings.model_validate({"schedule": schedule, **more})))

    def check_in(self, epoch: int, worker: str | None = "w0", **more: Any) -> list[float]:
        """The learning rates that the worker is granted."""
        command = CheckIn(worker, epoch, **more)
        self.tell(command)
        stop = epoch + 1 + min(command.lookahead, self.now.settings.lookahead)
        return self.attempt.sealed.values(0, epoch, min(stop, self.frontier))

    def seal(self, stop: int) -> None:
        """Let a worker train until `stop` is the frontier."""
        for epoch in range(self.frontier, stop):
            self.check_in(epoch, attempt=self.attempt.number)

    def change(self, op: str, *, key: Key | None = None, condition: Condition | None = ANY, **more: Any) -> Changed:
        """The receipt."""
        events = self.tell(ChangePlan(change(op, **more), condition, key))
        if events:
            assert isinstance(events[0], Changed)
            return events[0]
        assert key is not None
        answered = self.now.keys[key.name].event
        assert isinstance(answered, Changed)
        return answered

    def roll_back(self, epoch: int, condition: Condition | None = ANY, **more: Any) -> AttemptOpened:
        changes = tuple(CHANGE.validate_python(each) for each in more.pop("changes", ()))
        events = self.tell(OpenAttempt(epoch, condition, changes=changes, **more))
        opened = events[0] if events else self.now.keys[more["key"].name].event
        assert isinstance(opened, AttemptOpened)
        return opened

    def measure(self, epoch: int, value: float, worker: str = "w0", weight: float = 1.0) -> list[Decided]:
        """What the plateau policy decides on it."""
        events = self.tell(Measure(worker, epoch, value, weight, self.attempt.number))
        return [event for event in events if isinstance(event, Decided)]

    def leave(self, worker: str) -> None:
        self.tell(Leave(worker))

    def patch(self, **more: Any) -> tuple[Event, ...]:
        return self.tell(Patch(**more))

    def planned(self, start: int, stop: int, column: int = 0) -> list[float]:
        return self.attempt.plan.values(column, start, stop)

    def sealed(self, start: int, stop: int, column: int = 0) -> list[float]:
        return self.attempt.sealed.values(column, start, stop)

    def digest(self, start: int, stop: int) -> str:
        columns = range(len(self.now.settings.specs))
        return digest(start, [self.sealed(start, stop, i) for i in columns])

    def refolded(self) -> Run:
        """The run made anew of its events alone."""
        run = created("mnist", self.log[0])
        for recorded in self.log[1:]:
            run = evolve(run, recorded)
        return run


def a_run(schedule: Any = STEP_LR, *, frontier: int = 0, **more: Any) -> Story:
    story = Story()
    story.create(schedule, **more)
    story.seal(frontier)
    return story


def refused(story: Story, command: Command) -> SetpointError:
    """Why `command` is refused."""
    before = story.run
    try:
        story.tell(command)
    except SetpointError as error:
        assert story.run is before, "a refusal changes nothing"
        return error
    raise AssertionError("it was not refused")
