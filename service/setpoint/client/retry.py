"""When a request is sent again: with full jitter, so that a thousand workers don't come back in one wave."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try. The n-th wait is drawn from 0 to `first_seconds * 2**n`, at most `most_seconds`."""

    deadline_seconds: float = 30.0
    """For all tries together, the waits between them included."""
    try_seconds: float = 10.0
    """For one of them to be answered."""
    tries: int | None = None
    """How many at most; None: as many as there is time for."""
    first_seconds: float = 0.1
    most_seconds: float = 5.0

    def pause(self, tries: int, spent_seconds: float, at_least: float, draw: Callable[[], float]) -> float | None:
        """How long to wait after the try of that number, from 0; None where it was the last, or time would be up.

        `at_least` is what the service asked for (Retry-After): the draw comes on top, or all would come at once.
        """
        seconds = at_least + draw() * min(self.most_seconds, self.first_seconds * 2 ** min(tries, 32))
        is_last = self.tries is not None and tries + 1 >= self.tries
        return None if is_last or spent_seconds + seconds >= self.deadline_seconds else seconds

    def left(self, spent_seconds: float) -> float:
        """How long the next try may take."""
        return max(0.001, min(self.try_seconds, self.deadline_seconds - spent_seconds))


PATIENT = Patience()

drawn = random.SystemRandom().random
"""Not the program's own generator: training must be the same whether it asks or not, and forked ranks must differ."""


def retry_after(value: str | None) -> float:
    """The seconds that a Retry-After asks for; 0 where it names a date, for clocks may differ."""
    return float(value) if value is not None and re.fullmatch(r"[0-9]{1,5}", value) else 0.0
