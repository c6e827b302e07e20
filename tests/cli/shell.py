"""Runs the command in this process, as a shell would: with words, standard input, pipes and redirections."""

import io
import json
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from setpoint.cli.main import main
from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.transport import Transport

STEP = "--kind step --initial-lr 0.1 --step-size 5 --gamma 0.5"
SPEC = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}


class Ended(NamedTuple):
    """What came of a command."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


def run(command: str, stdin: str = "", encoding: str = "utf-8") -> Ended:
    """What `setpoint COMMAND` comes to on a terminal-less standard output of that encoding."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="") for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "stdin", given):
        code = main(shlex.split(command))
    out.flush()
    err.flush()
    return Ended(code, _bytes(out), _bytes(err).decode())


def line(text: str) -> Ended:
    """What a whole line of shell comes to: `setpoint ... | setpoint ... > file`, or an `echo` before it."""
    text, _, target = text.partition(" > ")
    ended = Ended(0, b"", "")
    for stage in text.split(" | "):
        program, _, words = stage.partition(" ")
        if program == "echo":
            ended = Ended(0, " ".join(shlex.split(words)).encode(), "")
        else:
            assert program == "setpoint"
            ended = run(words, stdin=ended.out)
    if target:
        Path(target).write_bytes(ended.raw)
    return ended


def check_in(url: str, worker: str, epoch: int) -> None:
    """A worker of resnet50 reports an epoch, and asks for one more."""
    with Transport(Place(url)) as transport:
        transport.ask(call.check_in("resnet50", worker, {"epoch": epoch, "lookahead": 1}))


def _bytes(stream: io.TextIOWrapper) -> bytes:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue()
