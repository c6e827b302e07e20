"""What /v1/kinds tells: every kind, with enough to build a form for it."""

from functools import cache
from inspect import cleandoc
from typing import Any

import orjson
from pydantic import TypeAdapter

from setpoint.api import replies
from setpoint.api.replies import Reply
from setpoint.schedules.flat import leaves
from setpoint.schedules.kinds import KINDS, Schedule
from setpoint.schedules.spec import Spec


@cache
def reply() -> Reply:
    """The finished answer. Made when it is first asked for: the schemas of all kinds take a while."""
    schema = TypeAdapter[Spec](Schedule).json_schema(ref_template="#/$defs/{model}")
    defs: dict[str, Any] = schema["$defs"]
    flat = set(leaves())
    kinds = [_kind(name, kind, flat=name in flat, schema=defs[kind.__name__]) for name, kind in KINDS.items()]
    return replies.lasting(orjson.dumps({"kinds": kinds, "$defs": defs}))


def _kind(name: str, kind: type[Spec], *, flat: bool, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": name,
        "summary": cleandoc(kind.__doc__ or "").partition("\n\n")[0].replace("\n", " "),
        "formula": kind.formula,
        "past_end": kind.past_end_is,
        "flat": flat,
        "parameters": schema,
        "example": kind.example,
        "names": kind.names,
    }
