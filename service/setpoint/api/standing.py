"""How the service is: whether it is to be asked, and what its store went through."""

import asyncio
import logging
import platform
from collections import Counter
from collections.abc import Callable, Iterator
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from setpoint import __version__
from setpoint.api.tally import Durations
from setpoint.api.under_way import UnderWay
from setpoint.coordination.ports import Entry, Journal
from setpoint.coordination.watch import Watch
from setpoint.errors import Draining, HistoryDiverged, SetpointError, StorageFull, Unavailable
from setpoint.runs.event import Changed, SealedEpochs

if TYPE_CHECKING:
    from prometheus_client.core import Metric

_log = logging.getLogger("setpoint")

GROUPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Upper edges of the sizes of groups that share a commit."""
WAITS = (0, 1, 2, 5, 10, 100, 1000, 10_000)
"""Upper edges of how many epochs lie between a change and its effect."""
LEAST_ROOM = 1024 * 1024
"""Bytes. With fewer the next group of writes may find none."""
ASKED_SECONDS, ANSWER_SECONDS = 1.0, 2.0
FULL_SECONDS = 10.0
"""For how long after a write found no room the service says that it is not ready: then somebody has to try again."""


class Standing:
    """What is known of the service as a whole, told by those who find it out."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.journal: Journal | None = None
        self.watch: Watch | None = None
        self.fault: SetpointError | None = None
        """Why the service can't go on at all."""
        self.draining = False
        self.under_way = UnderWay()
        self.notices = list[str]()
        """What whoever starts the service is told besides its address."""
        self.invitation: str | None = None
        """The path of a link that opens the pages, once."""
        self.seals = 0
        self.diverged = 0
        self.changes = Counter[str]()
        self.dropped = Counter[str]()
        self.errors = Counter[str]()
        self.auth_failures: Callable[[], int] = int
        """How often a token was wrong."""
        self.room: Callable[[], float] = lambda: inf
        """Bytes that are free where the store is kept, if it is kept here."""
        self._clock = clock
        self._asked_at: float | None = None
        self._unreached: Unavailable | None = None
        self._full_at: float | None = None
        self._failing: str | None = None
        self._commits = Durations()
        self._groups = Durations(GROUPS)
        self._waits = Durations(WAITS)

    def refusal(self) -> Unavailable | None:
        """Why no requests should be sent here now; None: they may."""
        if self.draining:
            return Draining("requests in flight are finished, and no others begun")
        if self._full_at is not None and self._clock() - self._full_at < FULL_SECONDS:
            return StorageFull("there was no room for what was to be written")
        if self.room() < LEAST_ROOM:
            return StorageFull("there is next to no room on the disk")
        return None

    async def unreached(self) -> Unavailable | None:
        """Why the store can't be asked; None: it answers. It is asked once a second at most, whoever wants to know."""
        now = self._clock()
        if self.journal is not None and (self._asked_at is None or now - self._asked_at >= ASKED_SECONDS):
            self._asked_at, self._unreached = now, await _unreached(self.journal)
        return self._unreached

    def drain(self) -> None:
        """The service is about to end: those who watch are told now, for they would keep it alive."""
        self.draining = True
        if self.watch is not None:
            self.watch.close()

    def lost(self, fault: SetpointError) -> None:
        """Nothing more may be written, and the process is about to end."""
        self.fault = self.fault or fault

    def refused(self, error: SetpointError) -> None:
        """Somebody was told so."""
        self.diverged += isinstance(error, HistoryDiverged)

    def committed(self, entries: int, seconds: float, error: SetpointError | None) -> None:
        """A commit of so many entries came to its end, or to an error."""
        self._told(error)
        if error is None:
            self._full_at = None
            self._commits.add(seconds)
            self._groups.add(entries)
            return
        self.errors[error.code] += 1
        if isinstance(error, StorageFull):
            self._full_at = self._clock()

    def _told(self, error: SetpointError | None) -> None:
        """Log that writes fail, and that they do no more: not each of them."""
        code = None if error is None else error.code
        if code != self._failing:
            if error is None:
                _log.warning("writes succeed again")
            else:
                _log.error("writes fail: %s", error)
            self._failing = code

    def written(self, entry: Entry) -> None:
        """These events are durable."""
        for recorded in entry.recorded:
            event = recorded.event
            if isinstance(event, SealedEpochs):
                self.seals += event.stop - event.start
            elif isinstance(event, Changed):
                self.changes[event.change.model_dump(include={"op"})["op"]] += 1
                self._waits.add(event.effective_epoch - entry.run.attempts[event.attempt - 1].position)

    def collect(self) -> "Iterator[Metric]":
        """What Prometheus is told of runs."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        build = GaugeMetricFamily("setpoint_build_info", "What runs here.", labels=["version", "python"])
        build.add_metric([__version__, platform.python_version()], 1)
        yield build
        failures = self.auth_failures()
        yield CounterMetricFamily("setpoint_auth_failures", "Requests with no token, or a wrong one.", value=failures)
        if self.journal is None:
            return
        yield CounterMetricFamily("setpoint_seals", "Epochs sealed.", value=self.seals)
        yield CounterMetricFamily("setpoint_history_diverged", "Grants that are not known here.", value=self.diverged)
        yield _counted("setpoint_changes", "Changes of plans.", "op", self.changes)
        yield _counted("setpoint_storage_errors", "Commits that failed.", "kind", self.errors)
        yield _counted("setpoint_watchers_dropped", "Watchers sent away.", "reason", self.dropped)
        yield self._commits.told("setpoint_commit_seconds", "Until a group of writes was durable.")
        yield self._groups.told("setpoint_commit_group_size", "Writes that shared a commit.")
        yield self._waits.told("setpoint_change_wait_epochs", "From a run's position to a change's first epoch.")
        watchers = 0 if self.watch is None else self.watch.watchers
        yield GaugeMetricFamily("setpoint_watchers", "Who watches a run right now.", value=watchers)
        yield GaugeMetricFamily("setpoint_incarnation", "Of the store.", value=self.journal.incarnation)
        durability = GaugeMetricFamily("setpoint_durability_info", "What writes survive.", labels=["level"])
        durability.add_metric([self.journal.durability], 1)
        yield durability


async def _unreached(journal: Journal) -> Unavailable | None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await journal.latest()
    except Unavailable as error:
        return error
    except TimeoutError:
        return Unavailable(f"the database did not answer within {ANSWER_SECONDS:g} s")
    return None


def _counted(name: str, text: str, label: str, counts: Counter[str]) -> "Metric":
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family
