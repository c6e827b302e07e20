"""What was announced last of a run, kept once for all who watch it."""

from setpoint.coordination.signal import Signal
from setpoint.runs.event import Recorded

KEPT = 1024
"""How far a watcher may fall behind, in events. It is what bounds a watcher's queue: all of them share one."""


class Feed(Signal):
    """The announcements after event `version`, whose ids rise by one, as far as they are still kept.

    A watcher is no more than the id it has got to.
    """

    def __init__(self, version: int, kept: int = KEPT) -> None:
        super().__init__()
        self.watchers = 0
        self.is_lost = False
        self._kept = kept
        self._before = version
        self._items: list[Recorded] = []

    @property
    def last(self) -> int:
        """The id of the last announcement."""
        return self._before + len(self._items)

    def announce(self, recorded: tuple[Recorded, ...]) -> None:
        """Add what is new in `recorded`, which follows what was announced before without a gap."""
        self._items += [each for each in recorded if each.id > self.last]
        if len(self._items) > 2 * self._kept:  # only then, so that a cut costs nothing on average
            cut = len(self._items) - self._kept
            del self._items[:cut]
            self._before += cut
        self.wake()

    def after(self, id_: int) -> tuple[Recorded, ...] | None:
        """All that came after event `id_`, or None where that is not kept (any more)."""
        if id_ >= self.last:
            return ()
        if id_ < max(self._before, self.last - self._kept):
            return None
        return tuple(self._items[id_ - self._before :])
