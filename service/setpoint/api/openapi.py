"""The document that describes the interface: /openapi.json, and the file in the repository."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias, cast

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from setpoint.access.rule import place
from setpoint.api import problems
from setpoint.api.questions import FlatRoute, flat_parameters
from setpoint.api.shapes import Problem
from setpoint.errors import Conflict, SetpointError, kinds

Responses: TypeAlias = dict[int | str, dict[str, Any]]

DESCRIPTION = """\
What is the learning rate at epoch e of this schedule? A schedule in, a number or a whole curve out.

An `epoch` is the schedule's integer time index, from 0. A schedule is JSON told apart by `kind`; `GET /v1/kinds` lists
them all. Every error is `application/problem+json`, and programs go by its `type`.
"""
_TAGS = [
    {
        "name": "schedules",
        "description": "Schedules, and what they are elsewhere. Nothing is kept; answers to GET may be.",
    },
    {"name": "runs", "description": "Named training runs, whose workers share one learning rate."},
    {"name": "workers", "description": "What the workers of a run do."},
    {"name": "changes", "description": "Changing a run's plan, and going back."},
    {"name": "events", "description": "Watching."},
    {"name": "access", "description": "Tokens and sessions, where a token is asked for."},
    {"name": "service", "description": "The service about itself."},
]
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "Where tokens are asked for: what an admin made."},
    "session": {"type": "apiKey", "in": "cookie", "name": "setpoint", "description": "Of a browser that signed in."},
}
_SCHEMAS = "#/components/schemas/"
_LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""JSON Schema's words for the further limits of a number that has been narrowed: pydantic leaves its own."""
_ALWAYS = (400, 421, 431)
_WITH_TOKEN = (401, 403, 429)
_WITH_INPUT = (422,)
_WITH_BODY = (403, 408, 413, 415)
_NEGOTIATED = (406,)
_OF_RUNS = (404, 409, 503)
_CONDITIONAL = (412, 428)


def answered(model: Any, description: str, *, others: Iterable[str] = (), created: str = "") -> Responses:
    """What a route answers, for the documentation: `model` as JSON, and `others`, further media types.

    `created` says what 201 means, where that is answered too.
    """
    json = {"application/json": {"schema": {"$ref": _answer(model)}}}
    content: dict[str, Any] = json | {media_type: {"schema": _schema(media_type)} for media_type in others}
    responses: Responses = {200: {"description": description, "content": content}}
    return responses | ({201: {"description": created, "content": json}} if created else {})


def made(model: Any, description: str) -> Responses:
    """What a route answers that makes something and answers nothing but 201."""
    return {201: {"description": description, "content": {"application/json": {"schema": {"$ref": _answer(model)}}}}}


_ANSWERS: dict[str, Any] = {}
"""What is answered anywhere, by the reference that stands for it until the document is made."""


def _answer(model: Any) -> str:
    reference = f"answer:{model.__name__}"
    _ANSWERS[reference] = model
    return reference


def _schema(media_type: str) -> dict[str, str]:
    is_text = media_type.startswith("text/") or media_type.endswith(("json", "xml"))
    return {"type": "string"} if is_text else {"type": "string", "format": "binary"}


def document(app: FastAPI) -> dict[str, Any]:
    """The document as data."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=DESCRIPTION,
        routes=app.routes,
        tags=_TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
    )
    operations = list(_operations(app, found))
    for route, operation in operations:
        _complete(route, operation)
    found["components"] = {"schemas": _models(operations), "securitySchemes": _SECURITY}
    found["security"] = [{name: []} for name in ("token", "session")]
    _reword(found)
    return found


def _reword(node: object) -> None:
    if isinstance(node, list):
        for each in cast(list[object], node):
            _reword(each)
    elif isinstance(node, dict):
        plain = cast(dict[str, Any], node)
        for ours, theirs in _LIMITS.items():
            if isinstance(plain.get(ours), int):
                plain[theirs] = plain.pop(ours)
        for each in plain.values():
            _reword(each)


def text(app: FastAPI) -> str:
    """The document as it stands in the repository."""
    return orjson.dumps(document(app), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


def _operations(app: FastAPI, found: dict[str, Any]) -> Iterator[tuple[APIRoute, dict[str, Any]]]:
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield route, found["paths"][route.path][method.lower()]


def _models(operations: Iterable[tuple[APIRoute, dict[str, Any]]]) -> dict[str, Any]:
    """Put the models of questions and answers in their places; their definitions."""
    asking = [(route, operation) for route, operation in operations if "requestBody" in operation]
    inputs: list[tuple[str, Any, TypeAdapter[Any]]] = [
        *((name, "serialization", TypeAdapter(model)) for name, model in _ANSWERS.items()),
        *((route.unique_id, "validation", TypeAdapter(_question(route))) for route, _ in asking),
        ("problem", "validation", TypeAdapter(Problem)),
    ]
    schemas, defs = TypeAdapter.json_schemas(inputs, ref_template=f"{_SCHEMAS}{{model}}")
    for route, operation in asking:
        operation["requestBody"]["content"]["application/json"]["schema"] = schemas[(route.unique_id, "validation")]
    for _, operation in operations:
        for response in operation["responses"].values():
            json = response.get("content", {}).get("application/json", {})
            if json.get("schema", {}).get("$ref") in _ANSWERS:
                json["schema"] = schemas[(json["schema"]["$ref"], "serialization")]
    found: dict[str, Any] = defs["$defs"]
    return found


def _question(route: APIRoute) -> Any:
    return getattr(route, "question", None)


def _complete(route: APIRoute, operation: dict[str, Any]) -> None:
    """Add to an operation what FastAPI does not know of it."""
    if all(place(route.path).needs.get(method) is None for method in route.methods or ()):
        operation["security"] = []
    operation["summary"], _, rest = operation["description"].partition("\n")
    operation["description"] = rest.strip() or operation["summary"]
    if isinstance(route, FlatRoute):
        own: list[dict[str, Any]] = operation["parameters"]
        names = [parameter["name"] for parameter in own]
        operation["parameters"] = own + [flat for flat in flat_parameters() if flat["name"] not in names]
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _never_null(parameter["schema"])
    for status in sorted(_statuses(route, operation)):
        operation["responses"][str(status)] = _problem(", or: ".join(_titles(status)))
    operation["responses"]["default"] = _problem("Any other error.")


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Of a parameter that may be left out: text is never null."""
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    return options[0] if len(options) == 1 else schema


def _statuses(route: APIRoute, operation: dict[str, Any]) -> Iterator[int]:
    yield from _ALWAYS
    if operation.get("security") != []:
        yield from _WITH_TOKEN
    if route.path.startswith("/v1/runs/"):
        yield from _OF_RUNS
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ())):
        yield from _CONDITIONAL
    if "requestBody" in operation or "parameters" in operation:
        yield from _WITH_INPUT
    if "requestBody" in operation:
        yield from _WITH_BODY
    if len(operation["responses"].get("200", {}).get("content", ())) > 1:
        yield from _NEGOTIATED


def _titles(status: int) -> Iterator[str]:
    for kind in kinds(SetpointError):
        if _is_answered(kind, status) and "title" in vars(kind) and kind.__module__ == SetpointError.__module__:
            yield kind.title


def _is_answered(kind: type[SetpointError], status: int) -> bool:
    """Whether the status is the kind's own; conflicts are told one by one, since each is answered in its own way."""
    return problems.STATUS.get(kind) == status or (issubclass(kind, Conflict) and problems.status(kind) == status)


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": f"{_SCHEMAS}Problem"}
    return {"description": description, "content": {problems.MEDIA_TYPE: {"schema": schema}}}
