"""Errors as application/problem+json (RFC 9457): the one place that gives an error its status."""

from collections.abc import Mapping

import orjson

from setpoint import errors
from setpoint.api import replies
from setpoint.api.asgi import Headers
from setpoint.api.replies import Reply
from setpoint.errors import SetpointError

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[SetpointError], int] = {
    errors.InvalidJson: 400,
    errors.UnknownParameter: 400,
    errors.MalformedRequest: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.OriginRefused: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.NotAcceptable: 406,
    errors.TooSlow: 408,
    errors.Conflict: 409,
    errors.PlanChanged: 412,
    errors.TooLarge: 413,
    errors.AddressTooLong: 414,
    errors.NotJson: 415,
    errors.HostRefused: 421,
    errors.InvalidRequest: 422,
    errors.NotConvertible: 422,
    errors.PreconditionRequired: 428,
    errors.TooManyFailures: 429,
    errors.TooManyStreams: 429,
    errors.HeadersTooLarge: 431,
    errors.TurnedAway: 400,
    errors.Refused: 400,
    errors.Unavailable: 503,
    errors.SetpointError: 500,
}
"""By class; a class that is not listed has the status of its nearest base."""

HANG_UP = (errors.MalformedRequest, errors.TooSlow, errors.HeadersTooLarge)
"""After these the connection is not to be trusted with a further request."""


def status(kind: type[SetpointError]) -> int:
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


def reference(kind: type[SetpointError]) -> str:
    """The stable `type` of a problem: an address of this service that explains it."""
    return f"/problems/{kind.code}"


def reply(error: SetpointError) -> Reply:
    """What `error` looks like from outside."""
    number = status(type(error))
    problem = {
        "type": reference(type(error)),
        "title": error.title,
        "status": number,
        "detail": f"{_sentence(error.detail)} {error.advice}".rstrip(),
        **({"errors": error.faults} if error.faults else {}),
        **error.extra,
    }
    return replies.of(orjson.dumps(problem, default=str), MEDIA_TYPE, status=number, headers=_headers(error))


def _sentence(detail: str) -> str:
    if detail.partition(" ")[0].isalpha():  # an address or a parameter's name stays as it is written
        detail = detail[:1].upper() + detail[1:]
    return detail if detail.endswith((".", "!", "?")) else f"{detail}."


def _headers(error: SetpointError) -> Headers:
    headers = [(b"cache-control", b"no-store")]
    if isinstance(error, errors.MethodNotAllowed):
        headers.append((b"allow", ", ".join(error.allow).encode()))
    if isinstance(error, errors.Unavailable):
        headers.append((b"retry-after", b"1"))
    if isinstance(error, errors.TooManyFailures):
        headers.append((b"retry-after", str(error.extra.get("retry_after", 1)).encode()))
    if isinstance(error, errors.Unauthorized):
        headers.append((b"www-authenticate", b'Bearer realm="setpoint"'))
    if isinstance(error, HANG_UP):
        headers.append((b"connection", b"close"))
    return headers
