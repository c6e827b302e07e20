"""Plain JSON in, a model out; and where it does not fit, what is wrong and where."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from setpoint.errors import Fault, InvalidRequest

T = TypeVar("T")
MAX_DEPTH = 16
MAX_OBJECTS = 1000
MAX_FAULTS = 50
"""How many are told at once: enough for anyone to go on with."""
_SUBJECT = re.compile(r"^(?:Input|String|Tuple) should")
TAGS = ("kind", "op", "variant")
"""The fields by which models are told apart."""


def read(adapter: TypeAdapter[T], data: object, error: type[InvalidRequest], detail: str) -> T:
    """What `adapter` makes of `data`.

    Raises:
        InvalidRequest: as `error`, with a fault for each thing that is wrong.
    """
    too_large = size_fault(data)
    if too_large:
        raise error(detail, faults=[too_large])
    try:
        return adapter.validate_python(data)
    except ValidationError as invalid:
        raise error(detail, faults=faults(invalid, data)) from None


def size_fault(data: object) -> Fault | None:
    """The fault of being nested deeper than 16 or of more than 1,000 objects; found in bounded time."""
    objects, level = 0, [("", data)]
    for _depth in range(MAX_DEPTH):
        level = [child for place, value in level for child in _children(place, value)]
        objects += sum(isinstance(value, dict) for _, value in level)
        if objects >= MAX_OBJECTS:
            return Fault("", f"has more than {MAX_OBJECTS} objects")
        if not level:
            return None
    return Fault(level[0][0], f"is nested deeper than {MAX_DEPTH}")


def _children(pointer: str, value: object) -> Iterator[tuple[str, object]]:
    for key, item in items(value):
        if isinstance(item, (dict, list, tuple)):
            yield f"{pointer}/{escape(key)}", cast(object, item)


def items(value: object) -> Iterable[tuple[object, object]]:
    """What is inside a JSON value, with its keys or indices."""
    if isinstance(value, dict):
        return cast(dict[object, object], value).items()
    if isinstance(value, (list, tuple)):
        return enumerate(cast(list[object], value))
    return ()


def escape(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def faults(invalid: ValidationError, data: object) -> list[Fault]:
    """Pydantic's errors (the first 50) as faults, each with a JSON Pointer into `data`."""
    found: list[Fault] = []
    for error in islice(invalid.errors(include_url=False), MAX_FAULTS):
        place = pointer(error["loc"], data)
        context: dict[str, Any] = error.get("ctx", {})
        if "faults" in context:  # a check that found several
            found += [Fault(place + inner.pointer, inner.detail) for inner in context["faults"]]
        elif "field" in context:  # a rule about several fields, shown at one
            found.append(Fault(f"{place}/{context['field']}", context["detail"]))
        elif error["type"] in ("union_tag_invalid", "union_tag_not_found"):
            found.append(_tag_fault(place, error["type"], context))
        elif error["type"] != "too_short" or not any(fault.pointer.startswith(place + "/") for fault in found):
            found.append(
                Fault(place, sentence(error["type"], error["msg"]))
            )  # too short without its wrong items: no news
    return found


def _tag_fault(place: str, kind: str, context: dict[str, Any]) -> Fault:
    place += "/" + context["discriminator"].strip("'")
    if kind == "union_tag_not_found":
        return Fault(place, "is required")
    return Fault(place, f"{context['tag']!r} is unknown; known are {context['expected_tags']}")


def pointer(location: tuple[int | str, ...], data: object) -> str:
    """The JSON Pointer of Pydantic's location, which also names the union member at each `kind` it went through."""
    path, here, tagged = "", data, False
    if location[-1:] == ("[key]",):  # a name that may not be: what it names is meant
        location = location[:-1]
    for i, step in enumerate(location, 1):
        if not tagged and (_is_tag(here, step) or (i < len(location) and _is_unsaid(here, step))):
            tagged = True
            continue
        path += f"/{escape(step)}"
        here, tagged = _inside(here, step), False
    return path


def _is_tag(here: object, step: int | str) -> bool:
    return isinstance(here, dict) and any(_inside(cast(object, here), tag) == step for tag in TAGS)


def _is_unsaid(here: object, step: int | str) -> bool:
    """Whether it names the member that is meant where the tag is left out: nothing of that name was sent."""
    return isinstance(here, dict) and step not in here and not any(_inside(cast(object, here), tag) for tag in TAGS)


def _inside(here: object, step: int | str) -> object:
    """Found without a search: a body may have 100,000 items with an error in each."""
    if isinstance(here, dict):
        return cast(dict[object, object], here).get(step)
    if isinstance(here, (list, tuple)) and isinstance(step, int):
        values = cast(Sequence[object], here)
        return values[step] if 0 <= step < len(values) else None
    return None


def sentence(kind: str, message: str) -> str:
    """Pydantic's message as the rest of a sentence that begins with the place."""
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        return "is not known here"
    if kind in ("model_attributes_type", "model_type", "dict_type"):
        return "should be an object"
    message = message.removeprefix("Value error, ").replace(" after validation", "")
    return _SUBJECT.sub("should", message)
