"""The log: lines for people, or JSON for machines, on standard error, and no secret in any of them."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from setpoint.access.token import PREFIX
from setpoint.settings import Settings

_HIDDEN = "[hidden]"
_TOKEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def configure(settings: Settings) -> None:
    """From now on everything is logged as the settings say, whoever says it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((Json if settings.log_format == "json" else Human)(secrets_of(settings)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """What is never to be logged, beside tokens that can be known for such."""
    password = urlsplit(settings.database_url or "").password
    return tuple(secret for secret in (settings.token, password) if secret)


class Human(logging.Formatter):
    """`2026-05-04T03:02:01.234Z WARNING what happened (request 1f-2)`, and a traceback below where there is one."""

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        request = getattr(record, "request_id", None)
        trace = getattr(record, "trace_id", None)
        named = [f"request {request}"] * bool(request) + [f"trace {trace}"] * bool(trace)
        tail = f" ({', '.join(named)})" if named else ""
        line = f"{_at(record)} {record.levelname} {_UNPRINTABLE.sub(_escaped, record.getMessage())}{tail}"
        return self.hidden("\n".join([line, *self.traceback(record)]))

    def traceback(self, record: logging.LogRecord) -> list[str]:
        return [self.formatException(record.exc_info)] if record.exc_info and record.exc_info[0] else []

    def hidden(self, text: str) -> str:
        """`text` without what nobody may read."""
        text = _TOKEN.sub(_HIDDEN, text)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text


class Json(Human):
    """One document a line: at, level, logger, message, and what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.hidden(record.getMessage()),
        }
        if request := getattr(record, "request_id", None):
            told["request_id"] = self.hidden(request)
        told |= {name: getattr(record, name) for name in ("trace_id", "span_id") if hasattr(record, name)}
        told |= {name: _plain(value, self) for name, value in getattr(record, "facts", {}).items()}
        if traceback := self.traceback(record):
            told["exception"] = self.hidden(traceback[0])
        return json.dumps(told)


def _plain(value: object, by: Human) -> object:
    return by.hidden(value) if isinstance(value, str) else value


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _escaped(found: re.Match[str]) -> str:
    """A path may hold a line break, and would look like two lines of the log."""
    return found[0].encode("unicode_escape").decode()
