"""The service as a process that can be killed, and started again at the same address."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class Process:
    """`setpoint serve` on a folder and a port of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Answer."""
        setpoint = Path(sys.executable).with_name("setpoint")
        command = [str(setpoint), "serve", "--port", str(self._port), "--data", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "it did not start"

    def kill(self) -> None:
        """Be gone, without a chance to do anything about it."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


@contextmanager
def process() -> Generator[Process]:
    with tempfile.TemporaryDirectory(prefix="setpoint-") as folder:
        found = Process(Path(folder))
        try:
            yield found
        finally:
            found.kill()
