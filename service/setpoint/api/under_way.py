"""How many requests are under way: a bound on those that are worked on, and another on those that wait."""

from collections.abc import Generator
from contextlib import contextmanager

MOST_AT_ONCE = 4096
"""Requests that are worked on; streams are counted by their tokens."""
MOST_WAITING = 16_384
"""Requests that wait for what others do, at some 20 KiB each."""


class UnderWay:
    """Who waits takes no room from who acts: thousands of workers may wait for the one whose report lets them go on."""

    def __init__(self) -> None:
        self.working = 0
        self.waiting = 0

    @property
    def is_full(self) -> bool:
        return self.working >= MOST_AT_ONCE

    @contextmanager
    def wait(self, seconds: float) -> Generator[float]:
        """For how long a request that is worked on may wait within the block: not at all where too many do."""
        if self.waiting >= MOST_WAITING:
            yield 0.0
            return
        self.working -= 1
        self.waiting += 1
        try:
            yield seconds
        finally:
            self.waiting -= 1
            self.working += 1
