"""A leaf schedule as text parameters, `kind=step&step_size=5`: the form that web addresses and command lines share."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from setpoint.errors import Fault, InvalidSchedule
from setpoint.schedules.kinds import KINDS
from setpoint.schedules.spec import Spec

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DIGITS = 400
"""No float64 needs more to be written out; much longer integers take long to read."""


class _Unreadable(ValueError):
    """The text is not of the parameter's type; says of which it should be."""


def read_flat(params: Mapping[str, str]) -> dict[str, Any]:
    """The schedule that `params` spell, as plain JSON for `kinds.parse`: each text read as its parameter's type.

    A number is written as JSON writes it. A list is written `30,80`, knots `0:0.1,10:0.01`. A name that the kind does
    not have is kept as it is, for `parse` to refuse.

    Raises:
        InvalidSchedule: the kind is missing, unknown or has members, or a text can't be read as its parameter's type.
    """
    types = parameters(_leaf(params.get("kind")))
    spec: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, text in params.items():
        try:
            spec[name] = _value(text, types.get(name, {}))
        except _Unreadable as wrong:
            faults.append(Fault(f"/{name}", f"{wrong}, not {text[:40]!r}"))
    if faults:
        raise InvalidSchedule("these parameters can't be read", faults=faults)
    return spec


def leaves() -> Iterator[str]:
    """The kinds that can be written flat: those without members."""
    return (name for name, kind in KINDS.items() if not _composite(kind))


@cache
def parameters(kind: type[Spec]) -> Mapping[str, Any]:
    """The JSON Schema of each parameter of a leaf kind."""
    properties: dict[str, Any] = kind.model_json_schema()["properties"]
    return properties


def _composite(kind: type[Spec]) -> bool:
    return not kind.model_fields.keys().isdisjoint({"schedule", "schedules"})


def _leaf(name: str | None) -> type[Spec]:
    kind = KINDS.get(name or "")
    if name is None:
        detail = "is required"
    elif kind is None:
        detail = f"{name[:40]!r} is unknown; known are {', '.join(leaves())}"
    elif _composite(kind):
        detail = f"{name!r} is made of other schedules: send all of it as JSON, in `schedule`"
    else:
        return kind
    raise InvalidSchedule("this is not a schedule that can be written flat", faults=[Fault("/kind", detail)])


def _value(text: str, schema: Mapping[str, Any]) -> object:
    """`text` as the JSON value that `schema` describes."""
    alternatives = (option for option in schema.get("anyOf", [schema]) if option.get("type") != "null")
    schema = next(alternatives)
    return _READERS.get(schema.get("type", ""), _text)(text, schema)


def _text(text: str, schema: Mapping[str, Any]) -> str:
    return text


def _number(text: str, schema: Mapping[str, Any]) -> int | float:
    if len(text) > _DIGITS or not _NUMBER.fullmatch(text):
        raise _Unreadable("must be a number as JSON writes it, such as 5, 0.1 or 1e-3")
    return float(text) if set(text) & set(".eE") else int(text)


def _truth(text: str, schema: Mapping[str, Any]) -> bool:
    if text not in ("true", "false"):
        raise _Unreadable("must be true or false")
    return text == "true"


def _list(text: str, schema: Mapping[str, Any]) -> list[object]:
    items = schema["items"]
    if items.get("type") == "array":
        return [_knot(part) for part in text.split(",")]
    return [_value(part, items) for part in text.split(",")]


def _knot(text: str) -> list[int | float]:
    epoch, colon, lr = text.partition(":")
    if not colon:
        raise _Unreadable("must be knots as epoch:lr, such as 0:0.1,10:0.01")
    return [_number(epoch, {}), _number(lr, {})]


_READERS: Mapping[str, Callable[[str, Mapping[str, Any]], object]] = {
    "number": _number,
    "integer": _number,
    "boolean": _truth,
    "array": _list,
}
