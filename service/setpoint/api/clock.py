"""The time of day, for people to read. No decision of a run stands on it."""

from datetime import UTC, datetime
from functools import lru_cache
from time import time_ns


def utc() -> str:
    """Now: RFC 3339, to the millisecond."""
    return _told(time_ns() // 1_000_000)


def later(seconds: float) -> str:
    """So many seconds from now."""
    return _told(time_ns() // 1_000_000 + round(seconds * 1000))


def _told(milliseconds: int) -> str:
    second, rest = divmod(milliseconds, 1000)
    return f"{_second(second)}.{rest:03d}Z"


@lru_cache(maxsize=1)
def _second(number: int) -> str:
    """Thousands of check-ins fall into one: it is spelled once."""
    return datetime.fromtimestamp(number, UTC).strftime("%Y-%m-%dT%H:%M:%S")
