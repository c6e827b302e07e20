"""What both protocols say themselves, with no application asked: answers in the bytes of HTTP/1.1."""

from collections.abc import Iterable
from http import HTTPStatus

from setpoint.api import problems
from setpoint.api.replies import Reply
from setpoint.errors import SetpointError

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


def spelled(reply: Reply, default: Iterable[tuple[bytes, bytes]]) -> bytes:
    """`reply` as it goes over the wire; `default` are the headers that the server gives every answer."""
    added = b"".join([b"%b: %b\r\n" % header for header in default])
    return b"".join([_STATUS_LINES[reply.status_code], added, reply.spelled])


def told(error: SetpointError, default: Iterable[tuple[bytes, bytes]]) -> bytes:
    """`error` as it goes over the wire."""
    return spelled(problems.reply(error), default)
