"""A page as a story: what it shows being typed, and what is answered.

The lines of its `console` blocks that begin with `$` are commands; what follows one is its answer, where `...` stands
for anything, also over several lines. Where none is shown, any will do that is no refusal. Its `python` blocks are
programs, but for those that need a framework.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import TracebackType
from typing import NamedTuple, Self

from tests.api_runs.process import ROOT, Process

PICTURES = ROOT / "docs/pictures"
ADDRESS = "http://127.0.0.1:8321"
"""The one that pages speak of."""
_BLOCK = re.compile(r"^ *```(console|python)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_FRAMEWORK = re.compile(r"\b(torch|keras|jax|optax|transformers|lightning)\b")
_SERVE = re.compile(r"(make run|setpoint serve)( &)?")
_ASSIGNMENT = re.compile(r"[A-Z_]+=\S+")


class Shown(NamedTuple):
    command: str
    answer: str


def read(page: str) -> list[Shown]:
    """What the page (a path from the root) shows, in its order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = [(language, dedent(block)) for language, block in _BLOCK.findall(text)]
    return [
        shown
        for language, block in blocks
        for shown in (_commands(block) if language == "console" else _program(block))
    ]


def _commands(block: str) -> Iterator[Shown]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, answer = part.replace("\\\n", "").partition("\n")
        yield Shown(command, answer)


def _program(block: str) -> Iterator[Shown]:
    if not _FRAMEWORK.search(block):
        yield Shown(f"python - <<'END'\n{block}END", "...")


class Terminal:
    """One terminal, and a service that it may start, kill and start again; its folder has nothing in it at first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "here"
        self.folder.mkdir()
        self._data = folder / "data"
        self._service: Process | None = None
        self._said = ['curl() { command curl -sS "$@"; }']

    def tells(self, shown: Shown) -> None:
        """The command does what is shown.

        Raises:
            AssertionError: it does something else.
        """
        if _SERVE.fullmatch(shown.command):
            self._service = Process(self._data)
        elif shown.command.startswith("kill -9"):
            service, self._service = self._service, None
            assert service is not None
            with service:
                assert service.end(signal.SIGKILL).code == -signal.SIGKILL
        elif _ASSIGNMENT.fullmatch(shown.command):
            self._said.append(shown.command)
        else:
            self._run(shown)

    def _run(self, shown: Shown) -> None:
        if self._service is None and ADDRESS in "\n".join(
            [*self._said, shown.command]
        ):  # a page that takes it for granted
            self._service = Process(self._data)
        url = ADDRESS if self._service is None else self._service.url
        script = "\n".join([*self._said, shown.command]).replace(ADDRESS, url).replace(".venv/bin/", "")
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT / "service"),
                "SETPOINT_URL": url,
                "XDG_DATA_HOME": str(self._data),
                "COLUMNS": "100",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        printed = "\n".join(line.rstrip() for line in (done.stdout + done.stderr).replace(url, ADDRESS).splitlines())
        assert done.returncode == 0, f"$ {shown.command}\n{printed}"
        if not shown.answer.strip():
            assert '"type":"/problems/' not in printed, f"$ {shown.command}\n{printed}"
            return
        expected = re.escape(shown.answer.strip("\n").rstrip()).replace(r"\.\.\.", ".*")
        assert re.fullmatch(expected, printed.strip("\n"), re.DOTALL), f"$ {shown.command}\n{printed}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._service is not None:
            with self._service as service:
                code = service.end().code
            assert code == 0
