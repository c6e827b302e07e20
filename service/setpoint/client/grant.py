"""Sealed values for a window of epochs, held by a worker: looked up with no network, for as long as it likes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Window: TypeAlias = tuple[int, int, Sequence[float]]
"""What a read needs and no more: the first epoch, the one from which the next grant is due, the learning rates."""

NOTHING: Window = (0, 0, ())


@dataclass(frozen=True, slots=True)
class Grant:
    """The values of the epochs `[start, stop)` in an attempt, as they were sealed. Primitives throughout."""

    attempt: int
    start: int
    stop: int
    lr: Sequence[float]
    groups: Mapping[str, Sequence[float]]
    hyperparameters: Mapping[str, Sequence[float]]
    digest: str
    incarnation: int

    @staticmethod
    def of(attempt: int, told: Mapping[str, Any]) -> "Grant":
        """The grant in an answer; further fields of it are let be."""
        return Grant(
            attempt,
            told["start"],
            told["stop"],
            told["lr"],
            told["groups"],
            told["hyperparameters"],
            told["digest"],
            told["incarnation"],
        )

    def __contains__(self, epoch: int) -> bool:
        return self.start <= epoch < self.stop

    @property
    def next_due(self) -> int:
        """The epoch at which the next grant is to be fetched: before half of this one is used, where it has halves."""
        return self.start + max(1, (self.stop - self.start - 1) // 2)

    def window(self, *, is_next_asked: bool = False) -> Window:
        """For reads; once the next grant was asked for, none but a read past the end needs more than this one."""
        return self.start, self.stop if is_next_asked else self.next_due, self.lr

    def values(self, epoch: int) -> "Values":
        """All that holds at `epoch`, which must lie in it."""
        at = epoch - self.start
        return Values(self.lr[at], _at(self.groups, at), _at(self.hyperparameters, at))

    def span(self, epoch: int) -> "Span":
        """All that holds from `epoch` on, which must lie in it."""
        at = epoch - self.start
        return Span(epoch, list(self.lr[at:]), _from(self.groups, at), _from(self.hyperparameters, at))

    def held(self) -> dict[str, Any]:
        """What a check-in says of it, so that a service that has lost it can tell."""
        return {"start": self.start, "stop": self.stop, "digest": self.digest, "incarnation": self.incarnation}

    def plain(self) -> dict[str, Any]:
        """As JSON and pickle keep it."""
        return {
            "attempt": self.attempt,
            "lr": list(self.lr),
            "groups": {name: list(values) for name, values in self.groups.items()},
            "hyperparameters": {name: list(values) for name, values in self.hyperparameters.items()},
            **self.held(),
        }


@dataclass(frozen=True, slots=True)
class Values:
    """What holds at one epoch."""

    lr: float
    groups: dict[str, float]
    hyperparameters: dict[str, float]

    def span(self, epoch: int) -> "Span":
        """The same, of the one epoch that it holds at."""
        groups = {name: [value] for name, value in self.groups.items()}
        return Span(epoch, [self.lr], groups, {name: [value] for name, value in self.hyperparameters.items()})


@dataclass(frozen=True, slots=True)
class Span:
    """What holds from `start` on, as one process tells it to others. Primitives throughout."""

    start: int
    lr: list[float]
    groups: dict[str, list[float]]
    hyperparameters: dict[str, list[float]]

    def __contains__(self, epoch: int) -> bool:
        return self.start <= epoch < self.start + len(self.lr)

    def values(self, epoch: int) -> Values:
        """All that holds at `epoch`, which must lie in it."""
        at = epoch - self.start
        return Values(self.lr[at], _at(self.groups, at), _at(self.hyperparameters, at))


def _at(columns: Mapping[str, Sequence[float]], index: int) -> dict[str, float]:
    return {name: column[index] for name, column in columns.items()}


def _from(columns: Mapping[str, Sequence[float]], index: int) -> dict[str, list[float]]:
    return {name: list(column[index:]) for name, column in columns.items()}
