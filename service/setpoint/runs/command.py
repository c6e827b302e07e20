"""What is asked of a run: plain data. Nothing in it comes from a clock, for a command may be decided more than once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from setpoint.runs.change import AnyChange
from setpoint.runs.event import Ending, Keep, Key
from setpoint.runs.settings import Settings


@dataclass(frozen=True, slots=True)
class Held:
    """The grant a worker has in hands, as it was given one."""

    start: int
    stop: int
    digest: str
    incarnation: int


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What a worker used past its grant while the service was gone: learning rates from `start` on, and its groups'."""

    start: int
    lr: tuple[float, ...]
    groups: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A worker (None: one without a name) is at `epoch` of `attempt`, and wants it and `lookahead` more sealed."""

    worker: str | None
    epoch: int
    attempt: int = 1
    lookahead: int = 0
    held: Held | None = None
    unsealed: Unsealed | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    worker: str


@dataclass(frozen=True, slots=True)
class PlanTag:
    """Which plan: what an ETag says."""

    incarnation: int
    attempt: int
    plan_version: int


@dataclass(frozen=True, slots=True)
class Condition:
    """The plan that a request was made for. `tags` None: any (`*`)."""

    tags: tuple[PlanTag, ...] | None


@dataclass(frozen=True, slots=True)
class ChangePlan:
    change: AnyChange
    condition: Condition | None
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    from_epoch: int
    condition: Condition | None
    keep: Keep = "values"
    changes: tuple[AnyChange, ...] = ()
    parent: int | None = None
    checkpoint: str | None = None
    reason: str | None = None
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    worker: str
    epoch: int
    value: float
    weight: float = 1.0
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Patch:
    state: Ending | None = None
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Create:
    settings: Settings


Command: TypeAlias = CheckIn | Leave | ChangePlan | OpenAttempt | Measure | Patch | Create
