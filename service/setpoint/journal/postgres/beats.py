"""Heartbeats, told from process to process through a table that is not logged: losing them costs a moment, no more.

Each process adds a row for all that it has heard since its last; the numbers of rows rise, and a row that was not read
before is a heartbeat that moved. When that was is for each reader's own clock to say.
"""

from collections.abc import Callable, Sequence
from uuid import uuid4

import asyncpg

from setpoint.coordination.ports import Heard

OVERLAP_SECONDS = 60.0
"""For so long a row is looked for again: numbers are given out in order, but committed in another."""

_LAST = "SELECT last_value - (NOT is_called)::int FROM setpoint.beat_numbers"
_TELL = """
WITH told AS (
    INSERT INTO setpoint.beats (process, runs, workers) SELECT $1, $2, $3 WHERE cardinality($2::text[]) > 0
), done AS (
    DELETE FROM setpoint.beats WHERE number IN (
        SELECT number FROM setpoint.beats WHERE number <= $4 FOR UPDATE SKIP LOCKED
    )
)
SELECT number, runs, workers FROM setpoint.beats WHERE number > $4 AND process <> $1
"""


class Beats:
    """One process's part. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._process = uuid4().hex
        self.forget()

    def forget(self) -> None:
        """The numbers may begin anew."""
        self._read = -1
        """All rows up to this one are read, or were there before this process looked first."""
        self._recent: dict[int, float] = {}

    async def told(self, connection: asyncpg.Connection, heard: Sequence[Heard]) -> list[Heard]:
        """Tell of those whom this process has heard; whom others have told of since the last call."""
        if self._read < 0:
            self._read = await connection.fetchval(_LAST)
        runs, workers = [each.run for each in heard], [each.worker for each in heard]
        rows = await connection.fetch(_TELL, self._process, runs, workers, self._read)
        fresh = [row for row in rows if row["number"] not in self._recent]
        self._keep([row["number"] for row in fresh])
        return [Heard(run, worker) for row in fresh for run, worker in zip(row["runs"], row["workers"], strict=True)]

    def _keep(self, numbers: Sequence[int]) -> None:
        now = self._clock()
        self._recent.update(dict.fromkeys(numbers, now))
        past = [number for number, at in self._recent.items() if now - at > OVERLAP_SECONDS]
        self._read = max([self._read, *past])
        self._recent = {number: at for number, at in self._recent.items() if number > self._read}
