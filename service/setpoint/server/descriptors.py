"""How many connections this process may have: as many as the system allows, not the 1,024 that a shell begins with."""

import resource
from contextlib import suppress

MOST = 2**20
_ELSEWHERE = 10_240
"""What macOS gives where it calls its limit infinite."""


def raise_limit() -> None:
    """Let as many files and connections be open as may be.

    Each worker keeps a connection; one that finds no descriptor left is not refused but waits, and nothing says why.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    for wanted in (most, _ELSEWHERE):
        if resource.RLIM_INFINITY != soft < wanted:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                return
