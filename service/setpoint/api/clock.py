"""The time of day, for people to read. No decision of a run stands on it."""

from datetime import UTC, datetime, timedelta


def utc() -> str:
    """Now: RFC 3339, to the millisecond."""
    return later(0)


def later(seconds: float) -> str:
    """So many seconds from now."""
    then = datetime.now(UTC) + timedelta(seconds=seconds)
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")
