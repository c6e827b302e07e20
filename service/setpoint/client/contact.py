"""A worker's contact with the service: a thread that asks ahead and reports, and reads that rarely wait for it."""

import copy
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from setpoint.client import talk
from setpoint.client.grant import Grant, Span, Values
from setpoint.client.held import Held, Report
from setpoint.client.identity import Identity
from setpoint.client.metric import Metric
from setpoint.client.outage import Exhausted, Terms
from setpoint.client.retry import Patience, drawn
from setpoint.client.shelf import Shelf
from setpoint.client.transport import Transport
from setpoint.errors import EpochTooFar, HistoryDiverged, MetricAwaited, SetpointError, StaleAttempt, Unavailable

_log = logging.getLogger("setpoint")

HEARTBEAT_SECONDS = 30.0
"""A third of the time after which a service takes a silent worker for gone."""

_BETWEEN = Patience(deadline_seconds=float("inf"), first_seconds=0.1, most_seconds=3.0)
"""Between tries while the service is gone. Many workers that come back come within the longest pause: it bounds both
how many there are in a second, and how late the last of them is."""
_AWAITED_SECONDS = 1.5
"""How long the service holds a request that waits for metrics: no longer than a close waits for the thread."""
_OTHERS_SECONDS = 0.5
_FOR_GOOD = (StaleAttempt, HistoryDiverged)
_MOST_METRICS = 10_000
_CLOSE_SECONDS = 2.0


class Contact:
    """One worker's. `held` is what it knows; the thread starts when it is first needed, and ends at `close`."""

    def __init__(
        self, transport: Transport, identity: Identity, attempt: int, terms: Terms, shelf: Shelf | None = None
    ) -> None:
        self.held = Held(attempt)
        self.identity = identity
        self.terms = terms
        self.transport = transport
        self._shelf = shelf
        self._metrics: deque[Metric] = deque(maxlen=_MOST_METRICS)
        self._failures = 0
        self.hears_of_changes = False
        self._reset()
        _contacts.add(self)

    def _reset(self) -> None:
        """As it is without a thread: at first, and in a forked process."""
        lock = threading.RLock()
        self._changed = threading.Condition(lock)  # for who waits for the thread
        self._called = threading.Condition(lock)  # for the thread
        self._listeners: list[Callable[[], object]] = []
        self._thread: threading.Thread | None = None
        self._wanted: int | None = None
        self._others: SetpointError | None = None
        self._refusal: tuple[int, SetpointError] | None = None
        self._is_next_due = False
        self._is_closing = False
        self._busy = False
        self._due = time.monotonic() + HEARTBEAT_SECONDS

    def values(self, epoch: int) -> Values:
        """What holds at `epoch`; only past the grant does it wait.

        Raises:
            SetpointError: the service refuses for good (StaleAttempt, ...), or past the grant, as the terms have it.
        """
        return self.window(epoch, 1)[0]

    def window(self, epoch: int, count: int) -> Sequence[Values]:
        """What holds at the `count` epochs from `epoch` on, the one this worker is at. Raises as `values` does."""
        began = time.monotonic()
        with self._changed:
            while not isinstance(found := self.tried(epoch, began, count), Sequence):
                self._changed.wait(found)
            return found

    def tried(self, epoch: int, began: float, count: int = 1) -> Sequence[Values] | float:
        """The same, if it is held; else how long its caller, who waits since `began`, may wait before it tries again.

        Raises:
            SetpointError: as `values` does.
        """
        with self._changed:
            found = self.held.ahead(epoch, count)
            self.held.epoch = epoch
            if found is None:
                return self._obtained(epoch, began, count)
            self._ask_ahead(epoch)
            return found

    @contextmanager
    def heard(self, listener: Callable[[], object]) -> Generator[None]:
        """Have `listener` called, by whatever thread, each time that it may be worth to try again."""
        with self._changed:
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._changed:
                self._listeners.remove(listener)

    def span(self, epoch: int) -> Span:
        """What holds at `epoch` and, as far as it is granted, after it. Waits and raises as `values` does."""
        with self._changed:
            values = self.values(epoch)
            grant = self.held.grant
            return grant.span(epoch) if grant is not None and epoch in grant else values.span(epoch)

    def known(self, epoch: int) -> Values | None:
        """What holds at `epoch`, which this worker is at, if it is held; it never waits for the service."""
        with self._changed:
            found = self.held.values(epoch)
            self.held.epoch = epoch
            if found is not None:
                self._ask_ahead(epoch)
            return found

    def report(self, epoch: int, metric: dict[str, Any]) -> None:
        """Send a metric, some time soon."""
        with self._changed:
            self._metrics.append(Metric(epoch, {**metric, "attempt": self.held.attempt}))
            self._wake()

    def begin(self, attempt: int) -> None:
        """Belong to another attempt from now on."""
        with self._changed:
            self.held.begin(attempt)
            self._others, self._refusal, self._wanted, self._is_next_due = None, None, None, False

    def flush(self, seconds: float) -> bool:
        """Wait until all metrics are with the service; whether they are."""
        deadline = time.monotonic() + seconds
        with self._changed:
            if self._metrics:
                self._wake()
            while self._metrics or self._busy:
                if not self._changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    return False
        return True

    def forked(self) -> None:
        """Be of this process: it has no thread, the locks as they happened to be, and metrics that its parent sends."""
        self._reset()
        self._metrics.clear()

    def close(self, seconds: float = _CLOSE_SECONDS) -> None:
        """End the thread and the connections; tell the service that this worker is gone, if it listens."""
        with self._changed:
            thread, self._is_closing = self._thread, True
            self._called.notify()
            self._tell()
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)
        self.transport.close()

    def _ask_ahead(self, epoch: int) -> None:
        grant = self.held.grant
        if grant is not None and grant.next_due <= epoch < grant.stop and not self._is_next_due:
            self._is_next_due = True
            self.held.asked_for_next()
            self._wake()

    def _obtained(self, epoch: int, began: float, count: int) -> Sequence[Values] | float:
        self._raise_refusal(epoch)
        own = self.held.own
        if self.held.trouble is not None and own is not None and epoch + count > own.start:
            planned = self.held.go_on_by_plan(epoch, count)  # it is known to be away: nobody waits once more
            if planned is not None:
                self._wanted = epoch
                return planned
        left = self._patience() - (time.monotonic() - began)
        if left <= 0:
            return self._given_up(epoch, count)
        self._wanted = epoch
        if self._others is None:  # else the thread asks again after a pause of its own
            self._wake()
        return left

    def _raise_refusal(self, epoch: int) -> None:
        if self.held.fault is not None:
            raise _fresh(self.held.fault)
        if self._refusal is not None and self._refusal[0] == epoch:
            (_, refusal), self._refusal = self._refusal, None
            raise refusal
        if self._is_closing:
            raise Exhausted(f"no grant for epoch {epoch} of {self.identity.run}: it was closed")

    def _patience(self) -> float:
        return self.terms.outage_seconds if self._others is None else self.terms.wait_seconds

    def _given_up(self, epoch: int, count: int) -> Sequence[Values]:
        """What there is for who has waited long enough."""
        if self._others is not None:
            raise _fresh(self._others)
        if self.terms.on_outage == "plan":
            planned = self.held.go_on_by_plan(epoch, count)
            if planned is not None:
                _log.warning("%s goes on by the plan at epoch %d: %s", self.identity.run, epoch, self.held.trouble)
                return planned
        why = self.held.trouble or "it did not answer"
        raise Exhausted(f"no grant for epoch {epoch} of {self.identity.run}: {why}") from self.held.trouble

    def _wake(self) -> None:
        """Have the thread look at once, unless it is to wait for the service to come back."""
        if self._thread is None and not self._is_closing:
            self._thread = threading.Thread(target=talk.live, args=(self,), name="setpoint-run", daemon=True)
            self._thread.start()
        if self._failures == 0:
            self._due = 0.0
        self._called.notify()

    def _tell(self) -> None:
        """Have all who wait look again."""
        self._changed.notify_all()
        for listener in self._listeners:
            listener()

    # What the thread asks for, and what it learns: see `talk`.

    @property
    def is_closing(self) -> bool:
        return self._is_closing

    def is_awaited(self) -> bool:
        """Sleep until there is something to ask; whether there is, rather than an end."""
        with self._changed:
            while True:
                if self._is_closing and (not self._metrics or self._failures):
                    return False
                left = self._due - time.monotonic()
                if left <= 0 or self._is_closing:
                    self._busy = True
                    return True
                self._called.wait(left)

    def next_metric(self) -> Metric | None:
        """The oldest metric that the service does not have."""
        with self._changed:
            return self._metrics[0] if self._metrics else None

    def next_report(self) -> Report | None:
        """What to check in with; None before the first epoch, and once nothing more will be granted."""
        with self._changed:
            held, wanted = self.held, self._wanted
            epoch = held.epoch if wanted is None else wanted
            if epoch is None or held.fault is not None:
                return None
            is_beat = wanted is None and not self._is_next_due
            lookahead = 0 if is_beat else self.identity.lookahead
            wait = _AWAITED_SECONDS if isinstance(self._others, MetricAwaited) else 0.0
            return Report(held.report(epoch, lookahead), wanted, wait)

    def had(self, metric: Metric) -> None:
        """The service has this metric, or will never take it."""
        with self._changed:
            if self._metrics and self._metrics[0] is metric:
                self._metrics.popleft()

    def granted(self, answer: Mapping[str, Any], report: Report) -> None:
        """A check-in was answered."""
        with self._changed:
            if answer["attempt"] != self.held.attempt:
                return  # it was begun anew meanwhile
            grant = Grant.of(answer["attempt"], answer["grant"])
            self.held.take(grant, report.wanted)
            self._others = None
            if report.body["lookahead"]:
                self._is_next_due = False
            if "unsealed" in report.body and self.held.own is not None:
                self.held.own = self.held.own.without_told()
            if self._wanted is not None and self._wanted in grant:
                self._wanted = None
            self._tell()
        if self._shelf is not None and self.held.grant is grant:
            self._shelf.put(grant)

    def refused(self, refusal: SetpointError, wanted: int | None) -> None:
        """Some refusals are for good, some end when other workers come along; the rest are for who wanted the epoch."""
        with self._changed:
            self._is_next_due = False
            if isinstance(refusal, _FOR_GOOD):
                self.held.fault = refusal
            elif wanted is not None and _is_for_others(refusal):
                self._others = refusal
            elif wanted is not None:
                self._refusal, self._wanted = (wanted, refusal), None
            self._tell()

    def well(self) -> None:
        """All was asked, and answered."""
        with self._changed:
            if self.held.trouble is not None:
                _log.warning("%s: the service answers again", self.identity.run)
            self.held.trouble, self._failures, self._busy = None, 0, False
            is_asked = (self._wanted is not None or self._is_next_due) and self.held.fault is None
            pause = drawn() * _OTHERS_SECONDS if self._others is not None else 0.0 if is_asked else HEARTBEAT_SECONDS
            self._due = 0.0 if self._metrics else time.monotonic() + pause
            self._tell()

    def missed(self, error: Unavailable) -> None:
        """The service did not answer."""
        with self._changed:
            if self.held.trouble is None:
                grant = self.held.grant
                until = f"; the grant lasts to epoch {grant.stop - 1}" if grant is not None else ""
                _log.warning("%s: %s%s", self.identity.run, error, until)
            self.held.trouble, self._busy, self._others = error, False, None
            pause = _BETWEEN.pause(self._failures, 0.0, 0.0, drawn) or 0.0
            self._failures += 1
            # Who waits for the service no longer than that must see it tried meanwhile.
            self._due = time.monotonic() + min(pause, self.terms.outage_seconds / 3)
            self._tell()


def _is_for_others(refusal: SetpointError) -> bool:
    """Whether other workers will change it: by their metrics, or the slowest of them by its progress."""
    return isinstance(refusal, MetricAwaited) or (isinstance(refusal, EpochTooFar) and "position" in refusal.extra)


def _fresh(error: SetpointError) -> SetpointError:
    """The same error, to be raised once more: a traceback belongs to one raising."""
    again = copy.copy(error)
    return again.with_traceback(None)


_contacts: WeakSet[Contact] = WeakSet()


def _forked() -> None:
    """A forked process has no thread, and the locks as they happened to be."""
    for contact in list(_contacts):
        contact.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
