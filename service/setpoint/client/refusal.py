"""A problem that came back, as the error that the service raised."""

import json
from collections.abc import Mapping
from typing import Any, cast

from setpoint import errors
from setpoint.errors import Fault, MethodNotAllowed, SetpointError, Unavailable

PROBLEM = "application/problem+json"
_LATER = frozenset({429, 502, 503, 504})
_KNOWN = frozenset({"type", "title", "status", "detail", "errors"})


class Unreachable(Unavailable):
    """No answer came at all, or not in time; whether the request arrived is not known."""

    code = "unreachable"
    title = "The service does not answer"
    advice = "See that it runs and that the address is right: --url, or SETPOINT_URL."


def refusal(status: int, headers: Mapping[str, str], content: bytes) -> SetpointError:
    """The error that an answer tells of; what is no problem of ours came from something in between."""
    if headers.get("content-type", "").partition(";")[0].strip() == PROBLEM:
        try:
            problem = json.loads(content)
        except ValueError:
            problem = None
        if isinstance(problem, dict):
            return raised(cast("dict[str, Any]", problem), status)
    kind = Unavailable if status in _LATER else SetpointError
    return kind(f"the answer was {status}, and not one of Setpoint's: {shown(content)}", status=status)


def raised(problem: Mapping[str, Any], status: int) -> SetpointError:
    """A problem as an error of its class; one of an unknown code keeps all that was said."""
    code = str(problem.get("type", "")).rpartition("/")[2]
    detail = str(problem.get("detail") or problem.get("title") or f"the answer was {status}")
    kind = _CLASSES.get(code)
    if kind is None:
        unknown = Unavailable if status in _LATER else SetpointError
        return _made(unknown, detail, problem, {**problem, "status": status})
    extra = {name: value for name, value in problem.items() if name not in _KNOWN}
    return _made(kind, detail.removesuffix(kind.advice).rstrip().removesuffix("."), problem, extra)


def _made(kind: type[SetpointError], detail: str, problem: Mapping[str, Any], extra: dict[str, Any]) -> SetpointError:
    faults = _faults(problem.get("errors"))
    if issubclass(kind, MethodNotAllowed):
        return kind(detail, [str(method) for method in extra.get("allow", ())])
    error = kind(detail, faults=faults)
    error.extra = extra  # and not by name: a field of an answer may be called anything
    return error


def _faults(told: object) -> list[Fault]:
    if not isinstance(told, list):
        return []
    entries = [cast("dict[str, Any]", each) for each in cast("list[object]", told) if isinstance(each, dict)]
    return [Fault(str(each.get("pointer", "")), str(each.get("detail", ""))) for each in entries]


def shown(content: bytes) -> str:
    """Its beginning, in one line."""
    return " ".join(content[:200].decode("utf-8", "replace").split()) or "nothing"


_CLASSES = {
    kind.code: kind
    for kind in errors.kinds(SetpointError)
    if "code" in vars(kind) and kind.__module__ == errors.__name__ and kind is not SetpointError
}
