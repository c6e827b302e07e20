"""What happened to a run. Its events, folded in order, are the run; nothing else about it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from setpoint.plateau.policy import State as Policy
from setpoint.runs.change import Change
from setpoint.runs.settings import Settings

Ending: TypeAlias = Literal["finished", "archived"]
Lifecycle: TypeAlias = Literal["running", "finished", "archived"]
Keep: TypeAlias = Literal["values", "changes", "nothing"]


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key: who sends it again with the same body gets the same answer."""

    name: str
    body: str
    """A fingerprint of what was asked."""


@dataclass(frozen=True, slots=True)
class Created:
    kind: ClassVar[str] = "created"
    settings: Settings
    incarnation: int


@dataclass(frozen=True, slots=True)
class SealedEpochs:
    """Epochs from `start` on got their values: for each column, in the settings' order, their float64 bits."""

    kind: ClassVar[str] = "sealed"
    attempt: int
    start: int
    columns: tuple[bytes, ...]
    plan_version: int

    @property
    def stop(self) -> int:
        return self.start + len(self.columns[0]) // 8


@dataclass(frozen=True, slots=True)
class Reported:
    """A worker is further than it ever was in this attempt."""

    kind: ClassVar[str] = "progress"
    attempt: int
    worker: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Left:
    kind: ClassVar[str] = "left"
    attempt: int
    worker: str


@dataclass(frozen=True, slots=True)
class Changed:
    """The plan was changed: what was asked, from when it holds, and the values of that epoch before and after."""

    kind: ClassVar[str] = "change"
    number: int
    change: Change
    attempt: int
    effective_epoch: int
    plan_version: int
    before: tuple[float, ...]
    after: tuple[float, ...]
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class AttemptOpened:
    kind: ClassVar[str] = "attempt"
    attempt: int
    parent: int
    from_epoch: int
    keep: Keep
    dropped: tuple[int, ...]
    plan_version: int
    incarnation: int
    changes: tuple[int, ...] = ()
    """The numbers of the changes that were asked for together with it; their events come right behind."""
    checkpoint: str | None = None
    reason: str | None = None
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A worker's metric of an epoch: any float, NaN and infinities included."""

    kind: ClassVar[str] = "metric"
    attempt: int
    epoch: int
    worker: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class Decided:
    """The plateau policy looked at the metric of an epoch: its state after it, and what it multiplies from when."""

    kind: ClassVar[str] = "decision"
    attempt: int
    epoch: int
    metric: float
    policy: Policy
    factors: tuple[float, ...]
    effective_epoch: int
    plan_version: int


@dataclass(frozen=True, slots=True)
class StateChanged:
    kind: ClassVar[str] = "state"
    state: Lifecycle


@dataclass(frozen=True, slots=True)
class Labelled:
    kind: ClassVar[str] = "labels"
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Diverged:
    """A worker trained on learning rates of its own, from `start` on, that are not the sealed ones."""

    kind: ClassVar[str] = "divergence"
    attempt: int
    worker: str
    name: str
    start: int
    used: tuple[float, ...]
    sealed: tuple[float, ...]


Event: TypeAlias = (
    Created
    | SealedEpochs
    | Reported
    | Left
    | Changed
    | AttemptOpened
    | Measured
    | Decided
    | StateChanged
    | Labelled
    | Diverged
)


@dataclass(frozen=True, slots=True)
class Origin:
    """When and by whom: `at` is RFC 3339 in UTC, for people; no decision reads it."""

    at: str
    actor: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the journal. Ids rise by one within a run, from 1."""

    id: int
    event: Event
    origin: Origin
