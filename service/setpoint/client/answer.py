"""What came back: JSON, or the error that it tells of. Fields that nobody here knows are let be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from setpoint.client.refusal import refusal, shown
from setpoint.errors import SetpointError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What was answered. `etag` is that of the plan where the answer has one."""

    status: int
    body: T
    etag: str | None = None


def read(status: int, headers: Mapping[str, str], content: bytes) -> Answer[Any]:
    """The answer in `content`.

    Raises:
        SetpointError: of the class that the service raised, where it is known here.
    """
    if status >= 300:
        raise refusal(status, headers, content)
    try:
        body = json.loads(content) if content else None
    except ValueError:
        raise SetpointError(f"the answer is not JSON: {shown(content)}", status=status) from None
    return Answer(status, body, headers.get("etag"))
