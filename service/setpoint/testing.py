"""A service in this process, for the tests of programs that use one.

    from setpoint.testing import service

    def test_a_training_run() -> None:
        with service() as setpoint:
            train(url=setpoint.url)

Needs the extra `server`. It is the service itself, on a free port of this machine, with a store of its own.
"""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from setpoint.server.thread import Served
from setpoint.settings import Settings

__all__ = ["Service", "service"]


class Service:
    """A service that can be taken away and brought back: with its runs, at the same address."""

    def __init__(self, data: Path) -> None:
        self._settings = Settings(port=0, data=data, grace_seconds=1)
        self._served: Served | None = None
        self.start()

    @property
    def url(self) -> str:
        """Its address, whether it answers there now or not."""
        return f"http://127.0.0.1:{self._settings.port}"

    def start(self) -> None:
        """Answer, if it does not."""
        if self._served is None:
            self._served = Served(self._settings)
            self._settings = self._served.settings

    def stop(self) -> None:
        """Be gone: connections are refused until it is started again."""
        if self._served is not None:
            self._served.stop()
            self._served = None


@contextmanager
def service() -> Generator[Service]:
    """A service with no runs in it, gone with all that it kept at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="setpoint-", ignore_cleanup_errors=True) as folder:
        served = Service(Path(folder))
        try:
            yield served
        finally:
            served.stop()
