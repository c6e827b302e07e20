"""What this process has seen itself of the runs: the only ground on which it writes."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from setpoint.journal.chain import NOTHING, Head
from setpoint.runs.state import Run

MOST = 16_384
"""Runs that are remembered. One that is forgotten is loaded again from its first event."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as it was when it was loaded or written last, and the fingerprint of its last event.

    lost: an entry has failed since. What is decided on may not be what is here, so nothing is written on it until the
    run is loaded; that load begins here.
    """

    run: Run | None
    head: Head
    lost: bool = False


_NOTHING = Seen(None, NOTHING)


class Known:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    def get(self, name: str) -> Seen | None:
        return self._seen.get(name)

    def put(self, name: str, run: Run | None, head: Head) -> None:
        """The run is, or was a moment ago, as it says."""
        before = self._seen.get(name)
        if before is None or before.lost or before.head.version <= head.version:
            self._keep(name, Seen(run, head))

    def lose(self, names: Iterable[str]) -> None:
        """Entries of these runs were not written, or nobody knows."""
        for name in names:
            seen = self._seen.get(name, _NOTHING)
            self._keep(name, Seen(seen.run, seen.head, lost=True))

    def forget(self) -> None:
        """All of it, for it may have happened in another life of the store."""
        self._seen = OrderedDict((name, Seen(None, NOTHING, lost=True)) for name in self._seen)

    def _keep(self, name: str, seen: Seen) -> None:
        self._seen[name] = seen
        self._seen.move_to_end(name)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
