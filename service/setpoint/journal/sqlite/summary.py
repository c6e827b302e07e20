"""A run's own row, as the list shows it: a summary, under a fingerprint."""

from typing import cast

import orjson

from setpoint.coordination.ports import Summary
from setpoint.journal.fingerprint import fingerprint
from setpoint.journal.sqlite import sql

COLUMNS = (
    "runs.name, version, chain, state, labels, unit, attempt, position, frontier, plan_version, created_at, digest"
)


def digest(*said: str | int | bytes) -> bytes:
    """The last of the columns, of those before it."""
    return fingerprint("runs", *said)


def is_intact(row: sql.Found) -> bool:
    """Whether the columns are what was written."""
    return bool(digest(*row[:-1]) == row[-1])


def summary(row: sql.Found) -> Summary:
    """What the columns say: `damaged` where they are not what was written, and the rest not to be relied on."""
    name, _version, _chain, state, labels, *rest, _digest = row
    return Summary(name, state if is_intact(row) else "damaged", _labels(labels), *rest)


def _labels(written: str) -> dict[str, str]:
    """Those of a damaged row are left out."""
    try:
        return cast(dict[str, str], orjson.loads(written))
    except ValueError:
        return {}
