"""Loaded by schemathesis before it begins: what it is shown of the document, and how it reads endless answers."""

import re
from io import BytesIO
from typing import Any, cast

import requests
import schemathesis
import urllib3

KINDS = ("constant", "step", "cosine")
"""Of the schedules only these: the unions within unions of all of them take minutes to be drawn from for each
operation, and the grammar of schedules has properties and fuzzing of its own."""
_WAIT = re.compile(r"(?<=[?&]wait=)(?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,6})?(?=&|$)")
_LONGEST_WAIT = 300

_send = requests.Session.send


def before_load_schema(context: object, raw_schema: dict[str, Any]) -> None:
    _cut(raw_schema)


def _cut(node: object) -> None:
    if isinstance(node, list):
        for each in cast(list[object], node):
            _cut(each)
    elif isinstance(node, dict):
        plain = cast(dict[str, Any], node)
        told = plain.get("discriminator", {})
        if told.get("propertyName") == "kind":
            kept = {kind: reference for kind, reference in told["mapping"].items() if kind in KINDS}
            plain["oneOf"] = [{"$ref": reference} for reference in kept.values()]
            plain["discriminator"] = {**told, "mapping": kept}
        for each in plain.values():
            _cut(each)


def send(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
    """A stream is hung up on after its first bytes, and nobody waits for minutes."""
    request.url = _WAIT.sub(_at_once, str(request.url))
    response = _send(self, request, **{**options, "stream": True})
    if response.headers.get("content-type", "").startswith("text/event-stream"):
        first = next(response.raw.stream(65_536), b"")
        response.raw.close()
        headers = {name: value for name, value in response.headers.items() if name != "transfer-encoding"}
        response.raw = urllib3.HTTPResponse(BytesIO(first), headers, response.status_code, preload_content=False)
    _ = response.content
    return response


def _at_once(found: re.Match[str]) -> str:
    return "0" if float(found[0]) <= _LONGEST_WAIT else found[0]


cast(Any, schemathesis).hook(before_load_schema)
requests.Session.send = send  # type: ignore[method-assign]
