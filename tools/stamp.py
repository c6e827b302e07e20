"""Where and when figures were printed: it stands beside them, so that nobody takes them for another machine's."""

import os
import platform
import re
from datetime import UTC, datetime
from typing import Any


def stamp(command: str) -> dict[str, Any]:
    """What `--json` writes above the figures of `command`; the load is the one before it began."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "load": round(os.getloadavg()[0], 1),
        "command": command,
    }


def machine() -> str:
    """This one, by what tells on figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = re.sub(r"[^\d.].*", "", platform.release())
    return (
        f"{os.cpu_count()} cores of {platform.machine()} and {memory:.0f} GiB, {platform.system()} {kernel}, "
        f"Python {platform.python_version()}"
    )
