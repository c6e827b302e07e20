"""The reference of the HTTP interface, from its OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from setpoint import errors
from tools.site import markdown, shapes

DOCUMENT = Path(__file__).parents[2] / "openapi/openapi.json"
MANY = 12
"""So many parameters are folded away: those of every flat kind are one each."""


def operations() -> str:
    """Every operation, under the heading of what it is about."""
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return "\n".join(_lines(document))


def problems() -> str:
    """Every error: its status, its stable type, what it says and what to do about it."""
    statuses = dict(_statuses(json.loads(DOCUMENT.read_text(encoding="utf-8"))))
    rows = [
        [_status(kind, statuses), markdown.code(f"/problems/{kind.code}"), kind.title, kind.advice]
        for kind in errors.kinds(errors.SetpointError)
        if kind.code != errors.SetpointError.code and kind.__module__ == errors.__name__
    ]
    return "\n".join(markdown.table(["Status", "Type", "What happened", "What to do"], sorted(rows)))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    known = document["components"]["schemas"]
    for tag in document["tags"]:
        yield from (f"### {tag['name'].capitalize()} {{ #{tag['name']} }}", "", tag["description"], "")
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(f"{method.upper()} {path}", operation, known)


def _operation(name: str, operation: Mapping[str, Any], known: Mapping[str, shapes.Shape]) -> Iterator[str]:
    yield from (f"#### `{name}` {{ #{operation['operationId']} }}", "", operation["description"], "")
    asked = list(markdown.table(["Parameter", "In", "Takes", "What it is"], _parameters(operation, known)))
    yield from markdown.folded("Parameters", asked) if len(asked) > MANY else asked
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from _body(content["schema"], known)
    yield from markdown.table(["Answer", "As", "What it is"], _answers(operation))
    for shape in _answered(operation, known):
        yield from markdown.folded("Fields of the answer", _fields(shape, known))


def _parameters(operation: Mapping[str, Any], known: Mapping[str, shapes.Shape]) -> Iterator[list[str]]:
    for parameter in operation.get("parameters", ()):
        needed = " (required)" if parameter["required"] and parameter["in"] != "path" else ""
        yield [
            markdown.code(parameter["name"]),
            parameter["in"],
            shapes.takes(parameter["schema"], known) + needed,
            parameter.get("description", ""),
        ]


def _body(schema: shapes.Shape, known: Mapping[str, shapes.Shape]) -> Iterator[str]:
    whole = shapes.found(schema, known)
    yield from ("Body:", "") if "discriminator" not in whole else ("Body, one of:", "")
    if "discriminator" in whole:
        for value, reference in whole["discriminator"]["mapping"].items():
            option = shapes.found({"$ref": reference}, known)
            yield from (f"**`{value}`** {option.get('description', '')}", "", *_fields(option, known))
        return
    yield from _fields(whole, known)
    for example in whole.get("examples", ())[:1]:
        yield from markdown.block(json.dumps(example), "json")


def _fields(shape: shapes.Shape, known: Mapping[str, shapes.Shape]) -> Iterator[str]:
    asked = "additionalProperties" in shape  # what is sent may hold nothing else, what is answered may
    head = ["Field", "Holds", "Default", "What it is"] if asked else ["Field", "Holds", "What it is"]
    yield from markdown.table(head, _rows(shape, known, asked=asked))


def _rows(shape: shapes.Shape, known: Mapping[str, shapes.Shape], *, asked: bool) -> Iterator[list[str]]:
    for name, field in shape.get("properties", {}).items():
        if "const" in field:  # it tells which of several this is
            continue
        told = field.get("description") or shapes.found(field, known).get("description", "")
        default = [shapes.default(field, required=name in shape.get("required", ()))] if asked else []
        yield [markdown.code(name), shapes.takes(field, known), *default, told]


def _answers(operation: Mapping[str, Any]) -> Iterator[list[str]]:
    """What it answers where it does what was asked; and in one line every status of a refusal."""
    refusals = [status for status in operation["responses"] if status.isdigit() and int(status) >= 400]
    for status, answer in operation["responses"].items():
        if status.isdigit() and int(status) < 400:
            yield [status, ", ".join(markdown.code(kind) for kind in answer.get("content", ())), answer["description"]]
    if refusals:
        yield [", ".join(refusals), markdown.code("application/problem+json"), "[A problem](#problems)"]


def _answered(operation: Mapping[str, Any], known: Mapping[str, shapes.Shape]) -> list[shapes.Shape]:
    """The schemas of what it answers, each once."""
    contents = [answer.get("content", {}) for status, answer in operation["responses"].items() if status < "3"]
    schemas = [content["application/json"]["schema"] for content in contents if "application/json" in content]
    once = {json.dumps(schema): shapes.found(schema, known) for schema in schemas}
    return [shape for shape in once.values() if shape.get("properties")]


def _status(kind: type[errors.SetpointError], statuses: Mapping[str, str]) -> str:
    """Its own, or that of the nearest base which has one, as the service goes about it."""
    titles = (base.title for base in kind.__mro__ if issubclass(base, errors.SetpointError))
    return next(statuses[title] for title in titles if title in statuses)


def _statuses(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """By the title of a problem the status that it comes with."""
    yield errors.MethodNotAllowed.title, "405"
    yield errors.AddressTooLong.title, "414"
    yield errors.Unexpected.title, "500"
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if "application/problem+json" in answer.get("content", {}) and status.isdigit():
                    yield from ((title, status) for title in answer["description"].split(", or: "))
