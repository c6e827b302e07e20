"""Who has been heard of lately, here or by another process: by this observer's own monotonic clock, in memory only.

A worker is gone when nothing was heard of it for the TTL. An observer that starts has heard of nobody, and gives
everybody a full TTL from then on.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from setpoint.coordination.ports import Heard
from setpoint.runs.state import Run

TTL_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Attendant:
    """A worker of the current attempt: the furthest epoch it reported, and how long it has been quiet."""

    name: str
    epoch: int
    gone: bool
    idle_seconds: float


class Attendance:
    """`clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float], ttl_seconds: float = TTL_SECONDS) -> None:
        self._clock = clock
        self._began = clock()
        self._swept = self._began
        self.ttl_seconds = ttl_seconds
        self._last: dict[Heard, float] = {}
        self._fresh: set[Heard] = set()

    def heard(self, run: str, worker: str) -> None:
        who = Heard(run, worker)
        self._fresh.add(who)
        self.told((who,))

    def told(self, heard: Iterable[Heard]) -> None:
        """These were heard of by another process, a moment ago."""
        now = self._clock()
        self._last.update(dict.fromkeys(heard, now))
        if now - self._swept > self.ttl_seconds:
            self._sweep(now)

    def fresh(self) -> Sequence[Heard]:
        """Those heard of here since the last call, to be told to others."""
        fresh, self._fresh = self._fresh, set()
        return tuple(fresh)

    def again(self, heard: Iterable[Heard]) -> None:
        """Nobody was told of these."""
        self._fresh.update(heard)

    def left(self, run: str, worker: str) -> None:
        self._last.pop(Heard(run, worker), None)

    def workers(self, run: Run) -> list[Attendant]:
        """The workers of the current attempt that have not left, by name."""
        reports = sorted(run.attempt.reports.items())
        return [self._attendant(run.name, worker, epoch) for worker, epoch in reports if worker]

    def _attendant(self, run: str, worker: str, epoch: int) -> Attendant:
        idle = self._clock() - self._last.get(Heard(run, worker), self._began)
        return Attendant(worker, epoch, idle > self.ttl_seconds, idle)

    def _sweep(self, now: float) -> None:
        """Forget those who are long gone: a run that nobody uses takes no memory."""
        horizon = now - 10 * self.ttl_seconds
        self._last = {who: at for who, at in self._last.items() if at >= horizon}
        self._fresh &= self._last.keys()
        self._swept = now
