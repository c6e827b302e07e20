"""Strict input: what is sent is either understood to the last character, or refused with a pointer to what is not.

All that FastAPI and Pydantic would let through (duplicate keys, NaN, `1_0`, `+1`, unknown and repeated parameters) is
found here, before they look.
"""

import inspect
import json
import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from functools import cache, wraps
from math import isfinite
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl

from fastapi import Body
from fastapi.dependencies.models import Dependant
from fastapi.requests import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from setpoint.errors import Fault, InvalidJson, InvalidRequest, InvalidSchedule, UnknownParameter
from setpoint.schedules.faults import MAX_DEPTH, MAX_OBJECTS, escape, faults, items, sentence
from setpoint.schedules.number import END_OF_TIME

_MOST_FAULTS = 32
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")


class StrictRoute(APIRoute):
    """A route that reads its query and its body strictly, and only then lets FastAPI take them apart.

    The parameter named `question` is the body. To FastAPI it may be anything: it is understood here, by a validator
    that is built when the first one comes. To build those of all routes took a fifth of the service's start.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.question: Any = inspect.signature(endpoint).parameters.get("question", _NONE).annotation
        super().__init__(path, endpoint if self.question is None else _asked_anything(endpoint), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        names = self.names()

        async def strict(request: Request) -> Response:
            request.scope["setpoint.query"] = query(request.scope["query_string"], names)
            if self.question is not None:
                content = await request.body()
                request = _Understood(request, content, understood(_adapter(self.question), read(content)))
            return await handle(request)

        return strict

    def names(self) -> frozenset[str]:
        """The parameters that a query may have."""
        return frozenset(_parameters(self.dependant))


_NONE = inspect.Parameter("question", inspect.Parameter.KEYWORD_ONLY, annotation=None)
_ANYTHING = _NONE.replace(annotation=Annotated[Any, Body()])


def _asked_anything(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """`endpoint`, for FastAPI to look at: its question may be anything."""

    @wraps(endpoint)
    async def passed_on(**values: Any) -> Response:
        answer: Response = await endpoint(**values)
        return answer

    parameters = inspect.signature(endpoint).parameters
    seen = [_ANYTHING if name == "question" else _by_name(known) for name, known in parameters.items()]
    passed_on.__signature__ = inspect.Signature(seen)  # type: ignore[attr-defined]  # what `inspect` goes by
    return passed_on


def _by_name(parameter: inspect.Parameter) -> inspect.Parameter:
    return parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def asked(request: Request) -> dict[str, str]:
    """The query's parameters, each one once."""
    return dict(request.scope["setpoint.query"])


class _Understood(Request):
    """A request whose body is already the model that its route declares: Pydantic lets a model pass as it is."""

    def __init__(self, request: Request, content: bytes, model: object) -> None:
        super().__init__(request.scope, request.receive)
        self._content = content
        self._model = model

    async def body(self) -> bytes:
        return self._content

    async def json(self) -> Any:
        return self._model


def _parameters(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _parameters(inner)


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def query(text: bytes, names: frozenset[str]) -> dict[str, str]:
    """The parameters of a query string.

    Raises:
        UnknownParameter: one is not among `names`, stands there twice, or can't be decoded.
    """
    if not text:
        return {}
    pairs = _pairs(text)
    params = dict(pairs)
    if len(params) == len(pairs) and params.keys() <= names:
        return params
    known = ", ".join(sorted(names)) or "none"
    found = [Fault(f"/{escape(name[:80])}", f"is unknown; known are {known}") for name in params if name not in names]
    counts = [name for name, _ in pairs]
    found += [Fault(f"/{escape(name)}", "is given more than once") for name in params if counts.count(name) > 1]
    raise UnknownParameter("the query can't be understood", faults=found[:_MOST_FAULTS])


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            text.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=100
        )
    except ValueError:
        raise UnknownParameter("the query is not of the form name=value&name=value, percent-encoded in UTF-8") from None
    if any("\0" in value for _, value in pairs):
        raise UnknownParameter("the query holds a NUL")
    return pairs


def read(content: bytes | str) -> Any:
    """What the JSON document `content` holds.

    Raises:
        InvalidJson: it is no JSON.
        InvalidRequest: it is JSON that may be misunderstood, nested too deep or too large; with pointers.
    """
    try:
        text = content if isinstance(content, str) else content.decode()
        value = json.loads(text, object_pairs_hook=_marked)
    except UnicodeDecodeError:
        raise InvalidJson("it is not UTF-8") from None
    except json.JSONDecodeError as wrong:
        raise InvalidJson(f"at line {wrong.lineno}, column {wrong.colno}: {wrong.msg.lower()}") from None
    except RecursionError:
        raise InvalidRequest("too deep", faults=[Fault("", f"is nested deeper than {MAX_DEPTH}")]) from None
    except ValueError:
        raise InvalidRequest("too long", faults=[Fault("", "has a number of more than 4,300 digits")]) from None
    return _unambiguous(value)


class _Repeating(dict[str, Any]):
    """An object with a name that stands in it twice."""

    repeated: str


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    marked = _Repeating(value)
    names = [name for name, _ in pairs]
    marked.repeated = next(name for name in value if names.count(name) > 1)
    return marked


def _unambiguous(value: Any) -> Any:
    found = [fault for _, fault in zip(range(_MOST_FAULTS), _doubts(value), strict=False)]
    if found:
        raise refusal(found)
    return value


def _doubts(document: Any) -> Iterator[Fault]:
    """One walk over the document. Bounded: it ends at the first sign of excess."""
    stack: list[tuple[str, int, object]] = [("", 0, document)]
    objects = 0
    while stack:
        pointer, depth, value = stack.pop()
        if isinstance(value, dict):
            objects += 1
            yield from _names(pointer, cast("dict[str, Any]", value))
        elif not isinstance(value, list):
            yield from _scalar(pointer, value)
            continue
        if depth >= MAX_DEPTH or objects > MAX_OBJECTS:
            yield Fault(pointer, f"is nested deeper than {MAX_DEPTH}, or has more than {MAX_OBJECTS} objects before it")
            return
        for key, item in items(cast("object", value)):
            if isinstance(item, (dict, list)):
                stack.append((f"{pointer}/{escape(key)}", depth + 1, cast("object", item)))
            elif type(item) is float or type(item) is str:
                for fault in _scalar("", item):
                    yield Fault(f"{pointer}/{escape(key)}", fault.detail)


def _names(pointer: str, value: dict[str, Any]) -> Iterator[Fault]:
    if isinstance(value, _Repeating):
        yield Fault(f"{pointer}/{escape(value.repeated)}", "is given more than once")
    for name in value:
        if not _is_text(name):
            yield Fault(pointer, "has a name with a NUL or a lone surrogate")


def _scalar(pointer: str, value: object) -> Iterator[Fault]:
    if isinstance(value, float) and not isfinite(value):
        yield Fault(pointer, "must be a finite number: JSON has no NaN and no Infinity, and float64 ends at 1.8e308")
    elif isinstance(value, str) and not _is_text(value):
        yield Fault(pointer, "has a NUL or a lone surrogate in it")


def _is_text(value: str) -> bool:
    return "\0" not in value and (value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value))


def understood(adapter: TypeAdapter[Any], data: object) -> Any:
    """The model that `adapter` makes of `data`.

    Raises:
        InvalidRequest: with a pointer to each thing that is wrong; InvalidSchedule where all of them lie in a schedule.
    """
    try:
        return adapter.validate_python(data)
    except ValidationError as invalid:
        raise refusal(faults(invalid, data)) from None


def refusal(found: list[Fault]) -> InvalidRequest:
    """The error of these faults in a body."""
    if all(fault.pointer == "/schedule" or fault.pointer.startswith("/schedule/") for fault in found):
        return InvalidSchedule("this is not a schedule that can be served", faults=found)
    return InvalidRequest("the request can't be understood", faults=found)


def refused_parameters(errors: Iterable[ErrorDetails]) -> InvalidRequest:
    """The error of what FastAPI found wrong with the parameters of a path or a query."""
    found = [
        Fault("".join(f"/{escape(step)}" for step in error["loc"][1:]), sentence(error["type"], error["msg"]))
        for error in errors
    ]
    return InvalidRequest("the request's parameters can't be understood", faults=found)


def whole(value: object) -> int:
    """The whole number that a parameter's text is."""
    if isinstance(value, int):  # a default
        return value
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise PydanticCustomError("whole", "must be a whole number in plain digits, such as 12")
    return int(value)


EpochText = Annotated[int, Field(ge=0, lt=END_OF_TIME), BeforeValidator(whole)]
"""An epoch in a query: plain digits, and nothing else."""
CountText = Annotated[int, Field(ge=1, lt=END_OF_TIME), BeforeValidator(whole)]
"""A number of things in a query, at least one."""
