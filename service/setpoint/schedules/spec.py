"""What people write: frozen Pydantic models, told apart by `kind`, that build themselves out of the core forms."""

import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from setpoint.errors import Fault, InvalidSchedule
from setpoint.schedules.described import described
from setpoint.schedules.form import Form


class Model(BaseModel):
    """Frozen, and nothing unknown is let in. `None` stands for "left out" in what it writes."""

    # Built when the first one is read: to build them all took a fifth of the service's start.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core_schema)
        described(cls, handler.resolve_ref_schema(schema))
        return schema


def wrong(field: str, detail: str) -> PydanticCustomError:
    """The error of a rule about several fields, to be shown at `field`."""
    return PydanticCustomError("rule", "{detail}", {"field": field, "detail": detail})


def above_zero(field: str, value: float, shape: str) -> None:
    """A geometric way neither leaves 0 nor reaches it."""
    if shape == "geometric" and value == 0:
        raise wrong(field, "must be above 0: a geometric ramp never gets away from 0, nor to it")


class Member(NamedTuple):
    """A schedule inside another: where it stands there, as a JSON Pointer from its owner."""

    pointer: str
    spec: "Spec"


class Spec(Model):
    """A schedule: a pure function of the epoch.

    A kind is a subclass with its parameters and `build`. `formula` and `past_end_is` say in words what it does,
    `example` is a valid one, `names` is what each framework calls it, `blame` is the parameter to point at when it gets
    out of hand.
    """

    formula: ClassVar[str]
    past_end_is: ClassVar[str]
    example: ClassVar[dict[str, Any]]
    names: ClassVar[dict[str, str]] = {}
    blame: ClassVar[str] = ""

    @abstractmethod
    def build(self) -> Form:
        """The form it is made of."""

    @cached_property
    def form(self) -> Form:
        return self.build()

    @property
    def end(self) -> int | None:
        """Its natural end: how many epochs it was made for. None where it goes on for ever, or is over before 0."""
        end = self.form.end
        return None if end is None or end <= 0 or end == math.inf else math.ceil(end)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        copy = super().model_copy(update=update, deep=deep)
        vars(copy).pop("form", None)  # that of the original
        return copy

    def lr(self, epoch: int) -> float:
        """The learning rate of `epoch`: finite, not negative, and for ever the same.

        Raises:
            InvalidSchedule: it leaves the finite numbers, which validation allows only past epoch 10^9.
        """
        return served(self.form.value(epoch), epoch)

    def members(self) -> Iterator[Member]:
        """The schedules it is made of."""
        return iter(())

    def _repr_svg_(self) -> str:
        """Its curve, which a notebook shows in place of its text."""
        from setpoint.schedules import picture

        return picture.svg(self)

    def plain(self) -> dict[str, Any]:
        """It as JSON, without what was left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def implied(self) -> dict[str, Any]:
        """The parameters whose default follows from others, each with that default."""
        return {}

    def in_full(self) -> dict[str, Any]:
        """It as JSON, with all defaults: two that say the same, one of them with fewer words, are the same in it."""
        said = self.implied() | self.plain()
        for place, member in self.members():
            *owners, last = place.split("/")[1:]
            owner: Any = said
            for step in owners:
                owner = owner[step]
            owner[int(last) if isinstance(owner, list) else last] = member.in_full()
        return said


def served(value: float, epoch: int) -> float:
    """`value` if it may be served as the learning rate of `epoch`; -0.0 becomes 0.0."""
    if 0.0 <= value < math.inf:
        return value + 0.0
    detail = f"the learning rate of epoch {epoch} would be {value!r}"
    raise InvalidSchedule(detail, faults=[Fault("", detail)])
