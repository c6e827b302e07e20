"""What is wrong with a request, as its answer tells it."""

from typing import NamedTuple

import httpx


class Problem(NamedTuple):
    status: int
    code: str
    pointers: list[str] = []  # noqa: RUF012 - never changed


def problem(answer: httpx.Response) -> Problem:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    code = str(body["type"]).removeprefix("/problems/")
    return Problem(answer.status_code, code, [fault["pointer"] for fault in body.get("errors", [])])
