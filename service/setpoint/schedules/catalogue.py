"""What there is to know of every kind, as plain JSON: enough to build a form for it."""

from functools import cache
from inspect import cleandoc
from typing import Any

from pydantic import TypeAdapter

from setpoint.schedules.flat import leaves
from setpoint.schedules.kinds import KINDS, Schedule
from setpoint.schedules.spec import Spec


def catalogue() -> dict[str, Any]:
    """Every kind, and the schemas that their parameters refer to."""
    return {"kinds": [told(name) for name in KINDS], "$defs": _schemas()}


def told(name: str) -> dict[str, Any]:
    """All there is to know of one kind."""
    kind = KINDS[name]
    return {
        "kind": name,
        "summary": cleandoc(kind.__doc__ or "").partition("\n\n")[0].replace("\n", " "),
        "formula": kind.formula,
        "past_end": kind.past_end_is,
        "flat": name in set(leaves()),
        "parameters": _schemas()[kind.__name__],
        "example": kind.example,
        "names": kind.names,
    }


@cache
def _schemas() -> dict[str, Any]:
    """The JSON Schema of each kind by its class's name. Made when it is first asked for: it takes a while."""
    schemas: dict[str, Any] = TypeAdapter[Spec](Schedule).json_schema()["$defs"]
    return schemas
