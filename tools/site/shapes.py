"""JSON Schema in a few words."""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

Shape: TypeAlias = Mapping[str, Any]

_WORDS = {"number": "number", "integer": "whole number", "boolean": "true or false", "string": "word", "null": "null"}
_LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
_BEYOND_NOTICE = 2**53
"""The limit of every whole number here."""


def takes(shape: Shape, known: Mapping[str, Shape]) -> str:
    """What may stand there, such as `number > 0`, `fastest or slowest`, or `list of numbers`."""
    shape = found(shape, known)
    return (
        _choice(shape, known)
        or _structure(shape, known)
        or _WORDS.get(shape.get("type", ""), "anything") + _limits(shape)
    )


def found(shape: Shape, known: Mapping[str, Shape]) -> Shape:
    """The schema that is meant, where `shape` only names it."""
    name = shape.get("$ref", "").rpartition("/")[2]
    return known[name] if name else shape


def default(shape: Shape, *, required: bool) -> str:
    """What holds where it is left out."""
    if required:
        return "required"
    value = shape.get("default")
    return "" if value is None else json.dumps(value)


def _choice(shape: Shape, known: Mapping[str, Shape]) -> str:
    """One of several; empty where it is none."""
    if "discriminator" in shape:
        return "schedule" if shape["discriminator"]["propertyName"] == "kind" else "change"
    if "const" in shape:
        return json.dumps(shape["const"])
    options = [option for option in (*shape.get("anyOf", ()), *shape.get("oneOf", ())) if option.get("type") != "null"]
    words = [takes(option, known) for option in options] or [str(choice) for choice in shape.get("enum", ())]
    return " or ".join(dict.fromkeys(words))


def _structure(shape: Shape, known: Mapping[str, Shape]) -> str:
    """A list or an object; empty where it is none."""
    if shape.get("type") == "array":
        many = _many(shape, known)
        return many if "prefixItems" in shape else f"list of {many}"
    return _object(shape, known) if shape.get("type") == "object" or "properties" in shape else ""


def _many(shape: Shape, known: Mapping[str, Shape]) -> str:
    if "prefixItems" in shape:
        return "[" + ", ".join(takes(item, known) for item in shape["prefixItems"]) + "]"
    one = takes(shape.get("items", {}), known)
    return re.sub(r"^(number|whole number|word|schedule|object|change)(?= [≥>]|$)", r"\1s", one)


def _object(shape: Shape, known: Mapping[str, Shape]) -> str:
    """An object of named things, or one with fields of its own."""
    inner: list[Shape] = [*shape.get("patternProperties", {}).values()]
    if shape.get("additionalProperties", False) not in (True, False):
        inner.append(shape["additionalProperties"])
    return f"{takes(inner[0], known)} by name" if inner else "object"


def _limits(shape: Shape) -> str:
    return "".join(
        f" {sign} {shape[name]:g}"
        for name, sign in _LIMITS.items()
        if name in shape and abs(shape[name]) < _BEYOND_NOTICE and shape[name] != -1
    )
