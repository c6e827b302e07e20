"""A scheduler as its library spells it, what comes of reading one, and how reading one fails."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from pydantic import BaseModel, ConfigDict, StrictStr

from setpoint.errors import Fault, InvalidRequest, NotConvertible
from setpoint.plateau.spec import PlateauSpec
from setpoint.schedules.kinds import Schedule


class Call(BaseModel):
    """A scheduler and its arguments, by the library's own names: what would be written in its code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheduler: StrictStr
    """Its name, or its whole path."""
    arguments: dict[str, object] = {}
    """Its arguments, those that differ from the default; a nested scheduler is a call too."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a scheduler comes to here.

    The first parameter group is `schedule`; further ones are `groups` "1", "2" and so on. `plateau` is what metrics
    do to them. `notes` say where the two part later on, and what was left out.
    """

    schedule: Schedule
    groups: dict[str, Schedule] = field(default_factory=dict[str, Schedule])
    plateau: PlateauSpec | None = None
    notes: tuple[str, ...] = ()


def refuse(reason: str, argument: str = "", nearest: Mapping[str, object] | None = None) -> NoReturn:
    """Say that this can't be imported.

    `argument` is the one that stands in the way, `nearest` a spec that comes close to what was asked for.

    Raises:
        NotConvertible: always.
    """
    faults = [Fault(f"/arguments/{argument}", reason)] if argument else []
    extra = {} if nearest is None else {"nearest": dict(nearest)}
    raise NotConvertible(reason, faults=faults, **extra)


@contextmanager
def within(place: str) -> Generator[None]:
    """Faults found inside are at `place`, a JSON Pointer from the call around it."""
    try:
        yield
    except (InvalidRequest, NotConvertible) as error:
        moved = [Fault(place + fault.pointer, fault.detail) for fault in error.faults]
        raise type(error)(error.detail, faults=moved or [Fault(place, error.detail)], **error.extra) from None
