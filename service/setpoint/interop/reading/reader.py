"""What every scheduler of every library is to the one who reads it."""

import math
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, PlainValidator, StrictBool, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from setpoint.errors import Fault, InvalidRequest
from setpoint.interop.call import Call, refuse
from setpoint.plateau.spec import PlateauSpec
from setpoint.schedules.faults import faults
from setpoint.schedules.kinds import Schedule
from setpoint.schedules.number import Real

Rates: TypeAlias = tuple[float, ...]
"""The learning rates that an optimizer was made with: one for each parameter group."""
Flag = StrictBool
_numbers: TypeAdapter[float | tuple[float, ...]] = TypeAdapter(Real | tuple[Real, ...])


def _one_or_many(value: object) -> float | tuple[float, ...]:
    try:
        return _numbers.validate_python(value)
    except ValidationError:
        raise PydanticCustomError("numbers", "must be a number, or a list of one for each parameter group") from None


def _any_number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise PydanticCustomError("number", "must be a number")
    return value


Number = Annotated[int | float, PlainValidator(_any_number)]
"""A number that stays what it was written as, where the library tells 1 from 1.0."""
PerGroup = Annotated[float | tuple[float, ...], PlainValidator(_one_or_many)]
"""One number for all parameter groups, or one for each."""


def _number_or_call(value: object) -> float | Call:
    return Call.model_validate(value) if isinstance(value, dict) else float(_any_number(value))


NumberOrCall = Annotated[float | Call, PlainValidator(_number_or_call)]
"""A number, or another scheduler."""


class Reader(BaseModel):
    """The arguments of a scheduler, by the library's names and defaults, and what they come to.

    `initial_lr` says what becomes of the optimizer's own learning rate: "needed", "overwritten" by the scheduler (it
    tells how many groups there are, and no more), or "carried": there is none but the one among the arguments.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    initial_lr: ClassVar[Literal["needed", "overwritten", "carried"]] = "needed"

    def check(self) -> None:
        """Refuse what the library refuses.

        Raises:
            NotConvertible: with the library's reason.
        """

    @abstractmethod
    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        """The schedule of each group; `rates` is empty where the arguments carry them and nothing else was said."""

    def plateau(self, groups: int) -> PlateauSpec | None:
        """What metrics do to so many groups."""
        return None

    def notes(self) -> Iterable[str]:
        """Where the two part later on, and what was left out."""
        return ()


class OnOptimizer(Reader):
    """A scheduler that starts from the optimizer's learning rate, group by group."""

    @abstractmethod
    def spec(self, lr: float) -> Schedule:
        """The schedule of a group that starts from `lr`."""

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        return tuple(self.spec(lr) for lr in rates)


class ByItself(Reader):
    """A schedule that knows its own learning rate."""

    initial_lr = "carried"

    @abstractmethod
    def spec(self) -> Schedule:
        """The schedule."""

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        return (self.spec(),)


class Code(Reader):
    """A scheduler whose argument is a function: what it does can't be known without running it."""

    model_config = ConfigDict(frozen=True, extra="allow")
    initial_lr = "overwritten"

    def check(self) -> None:
        refuse("it calls a function of the user's own, and only running that would tell its values")

    def specs(self, rates: Rates) -> tuple[Schedule, ...]:
        return ()


def opened(table: Mapping[str, type[Reader]], call: Call) -> Reader:
    """The reader of `call`, with its arguments checked.

    Raises:
        InvalidRequest: an unknown scheduler or argument, or one of the wrong type.
        NotConvertible: the library itself would refuse it.
    """
    name = call.scheduler if call.scheduler in table else call.scheduler.rpartition(".")[2]
    kind = table.get(name)
    if kind is None:
        detail = f"{call.scheduler!r} is unknown; known are {', '.join(sorted(table))}"
        raise InvalidRequest("there is no such scheduler", faults=[Fault("/scheduler", detail)])
    try:
        reader = kind.model_validate(call.arguments)
    except ValidationError as invalid:
        found = [Fault(f"/arguments{fault.pointer}", fault.detail) for fault in faults(invalid, call.arguments)]
        raise InvalidRequest(f"these are not arguments of {name}", faults=found) from None
    reader.check()
    return reader


def per_group(argument: str, value: float | tuple[float, ...], groups: int) -> Rates:
    """`value` for each of so many groups.

    Raises:
        NotConvertible: as many values as there are no groups.
    """
    if not isinstance(value, tuple):
        return (value,) * groups
    if len(value) != groups:
        refuse(f"expected {groups} values for {argument}, got {len(value)}", argument)
    return value


def one_floor(floors: Rates) -> float:
    """The floor that all groups share.

    Raises:
        NotConvertible: they don't.
    """
    if len(set(floors)) > 1:
        refuse("a policy has one min_lr for all groups: import each group by itself", "min_lr")
    return floors[0]
