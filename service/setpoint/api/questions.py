"""Questions about a schedule, read from a query."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi.requests import Request
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from setpoint.api import strict
from setpoint.api.shapes import MOST_EPOCHS, CurveQuestion
from setpoint.api.strict import StrictRoute
from setpoint.curves.thinning import sample
from setpoint.errors import Fault, InvalidRequest, InvalidSchedule, UnknownParameter
from setpoint.schedules.flat import leaves, parameters, read_flat
from setpoint.schedules.kinds import KINDS, parse
from setpoint.schedules.spec import Spec

_FLAT = frozenset({"schedule"}.union(*(KINDS[kind].model_fields for kind in leaves())))
"""The parameters in which a query may spell a schedule."""

Points = Annotated[int, Field(ge=4, le=MOST_EPOCHS), BeforeValidator(strict.whole)]
"""How many points to choose at most; with fewer than four nothing can be drawn."""

_POINTS: TypeAdapter[int] = TypeAdapter(Points)
_EPOCH: TypeAdapter[int] = TypeAdapter(strict.EpochText)
_LR = _FLAT | {"epoch"}

MOST_VALUES = 100_000_000
"""How many learning rates one reply may have."""


def lr(query: bytes) -> tuple[int, float]:
    """The epoch that a query of `GET /v1/lr` asks for, and its learning rate.

    Raises:
        InvalidRequest, UnknownParameter, ValidationError: it is not understood.
    """
    params = strict.query(query, _LR)
    epoch = _EPOCH.validate_python(params.pop("epoch", None))
    return epoch, schedule(params).lr(epoch)


class FlatRoute(StrictRoute):
    """A route whose query spells a schedule beside its own parameters."""

    def names(self) -> frozenset[str]:
        return super().names() | _FLAT


def schedule(params: Mapping[str, str]) -> Spec:
    """The schedule that a query's parameters spell: `schedule=<JSON>`, or a leaf kind parameter by parameter.

    Raises:
        InvalidSchedule: with pointers into the query, `/gamma`, or into its JSON, `/schedule/gamma`.
        UnknownParameter: both ways at once.
    """
    text = params.get("schedule")
    if text is None:
        return parse(read_flat(params))
    if len(params) > 1:
        also = [Fault(f"/{name}", "stands beside `schedule`") for name in params if name != "schedule"]
        raise UnknownParameter("a schedule is either JSON in `schedule` or spread over parameters", faults=also)
    try:
        return parse(strict.read(text))
    except InvalidRequest as invalid:
        faults = [Fault("/schedule" + fault.pointer, fault.detail) for fault in invalid.faults]
        raise InvalidSchedule(invalid.detail, faults=faults) from None


def spelled(request: Request, *own: str) -> dict[str, str]:
    """The parameters that spell the schedule; `own` are the route's."""
    return {name: text for name, text in strict.asked(request).items() if name not in own}


def points(request: Request) -> int | None:
    """How many points a query wants at most. Of the kind of that name `points` are the knots, and every epoch is meant.

    Raises:
        InvalidRequest: it is no whole number from 4 to 65,536.
    """
    params = strict.asked(request)
    if "points" not in params or params.get("kind") == "points":
        return None
    try:
        return _POINTS.validate_python(params["points"])
    except ValidationError as invalid:
        raise _wrong("/points", invalid.errors()[0]["msg"].replace("Input should", "should")) from None


def epochs(question: CurveQuestion) -> Sequence[int]:
    """The epochs `start`, `start + stride`, ... before `stop` (the natural end unless given), or `points` of them.

    Raises:
        InvalidRequest: there is no end, it lies before the start, or the epochs are too many for one reply.
    """
    start, stride = question.start, question.stride
    stop = question.schedule.end if question.stop is None else question.stop
    if stop is None:
        raise _wrong("/stop", "is required: this schedule has no natural end")
    if stop < start:
        raise _wrong("/stop", f"must not be before start: {stop} is before {start}")
    if question.points is None:
        return few_enough(range(start, stop, stride))
    if stride != 1:
        raise _wrong("/stride", "must be left out beside `points`, which chooses the epochs itself")
    return sample(question.schedule.form, start, stop, question.points)


def few_enough(epochs: range) -> range:
    """`epochs`, if one reply may have so many.

    Raises:
        InvalidRequest: it may not.
    """
    if len(epochs) > MOST_VALUES:
        detail = (
            f"makes {len(epochs)} values; at most {MOST_VALUES} are in one reply: take a larger stride, or `points`"
        )
        raise _wrong("/stop", detail)
    return epochs


def _wrong(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest("these epochs can't be answered", faults=[Fault(pointer, detail)])


def flat_parameters() -> list[dict[str, Any]]:
    """The parameters in which a query may spell a schedule, as OpenAPI describes them."""
    kinds: dict[str, list[str]] = {}
    schemas: dict[str, list[dict[str, Any]]] = {}
    for kind in leaves():
        for name, schema in parameters(KINDS[kind]).items():
            if name != "kind":
                kinds.setdefault(name, []).append(kind)
                schemas.setdefault(name, []).append(_plain(schema))
    first = [
        _described("schedule", {"type": "string"}, "Any schedule as JSON, in place of all the parameters below."),
        _described("kind", {"type": "string", "enum": list(leaves()), "examples": ["step"]}, "The kind of schedule."),
    ]
    return [*first, *(_described(n, _either(schemas[n]), f"Of {', '.join(kinds[n])}.") for n in kinds)]


def _described(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    parameter = {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
    return parameter | ({"style": "form", "explode": False} if schema.get("type") == "array" else {})


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from kind to kind, and as text has it: knots are text, and nothing is null."""
    schema = next((option for option in schema.get("anyOf", ()) if option["type"] != "null"), schema)
    if schema.get("items", {}).get("type") == "array":
        return {"type": "string", "examples": ["0:0.1,10:0.01"]}
    return {key: value for key, value in schema.items() if key not in ("title", "description", "default")}


def _either(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    distinct = [schema for i, schema in enumerate(schemas) if schema not in schemas[:i]]
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}
