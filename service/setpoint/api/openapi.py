"""The document that describes the interface: /openapi.json, and the file in the repository."""

from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi


def document(app: FastAPI) -> dict[str, Any]:
    return get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)


def text(app: FastAPI) -> str:
    """The document as it stands in the repository."""
    return orjson.dumps(document(app), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
