"""`setpoint watch`: lines into a pipe, a page on a terminal; it ends at Ctrl-C and outlives restarts."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from setpoint.cli.screen import page
from setpoint.cli.terminal import Terminal
from setpoint.errors import Unavailable
from setpoint.testing import Service
from tests.cli.shell import check_in, run

PROGRAM = str(Path(sys.executable).with_name("setpoint"))
REASON = "--reason 'because' --yes"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@contextmanager
def watching(*words: str) -> Generator[subprocess.Popen[str]]:
    """The command in a process of its own, once it hears of what happens."""
    command = [PROGRAM, "watch", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def first_line_of(process: subprocess.Popen[str], make_it_happen: str) -> str:
    """The first line, made to happen again until the command listens."""
    os.set_blocking(process.stdout.fileno(), False)  # type: ignore[union-attr]  # it is a pipe
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        run(make_it_happen)
        time.sleep(0.2)
        if told := line(process):
            os.set_blocking(process.stdout.fileno(), True)  # type: ignore[union-attr]  # as before
            return told
    raise AssertionError("it told nothing")


def test_what_happens_is_told_line_by_line_until_ctrl_c(served: Service) -> None:
    with watching("resnet50") as process:
        first = first_line_of(process, f"change resnet50 scale 1 {REASON}")
        check_in(served.url, "rank0", 7)
        sealed = next(told for told in iter(lambda: line(process), "") if "sealed" in told)

        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert re.fullmatch(rf"{TIME} resnet50: scale 1 from epoch 8 on: lr 0\.05 \(because\)\n", first)
    assert sealed.endswith("resnet50: epoch 8 sealed: lr 0.05\n")
    assert (process.returncode, err) == (0, "")


def test_events_may_be_documents(served: Service) -> None:
    with watching("resnet50", "--json") as process:
        first = json.loads(first_line_of(process, f"change resnet50 scale 1 {REASON}"))

    assert (first["type"], first["run"], first["effective_epoch"]) == ("change", "resnet50", 8)


def test_all_runs_are_watched_where_none_is_named(served: Service) -> None:
    run("create other spec.json")
    with watching() as process:
        first = first_line_of(process, f"change other scale 1 {REASON}")

    assert re.fullmatch(rf"{TIME} other: scale 1 from epoch 0 on: lr 0\.1 \(because\)\n", first)


def test_a_service_that_comes_back_is_watched_on(served: Service) -> None:
    with watching("resnet50") as process:
        first_line_of(process, f"change resnet50 scale 1 {REASON}")
        served.stop()
        assert process.stderr is not None
        assert process.stderr.readline().endswith("; trying again\n")

        served.start()
        run("finish resnet50")

        lines = iter(lambda: line(process), "")
        assert next(told for told in lines if told.endswith("resnet50: state: finished\n"))
        assert process.stderr.readline() == f"{served.url} is back\n"


def test_a_run_that_there_is_not_can_not_be_watched(served: Service) -> None:
    ended = run("watch nobody")

    assert (ended.code, ended.err.count("\n")) == (2, 1)


def test_on_a_terminal_it_is_a_page_that_is_drawn_anew(served: Service) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [PROGRAM, "watch", "resnet50"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        try:
            shown = _read_until(ours, b"Ctrl-C")
            run(f"change resnet50 scale 0.5 {REASON}")
            shown += _read_until(ours, b"scale 0.5 from")
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()
    os.close(ours)

    assert b"resnet50  running  epoch 6  lr 0.05\r\n" in shown
    assert b"\x1b[6F\x1b[J" in shown
    assert b"next change  x0.5 at 8\r\n" in shown


def _read_until(descriptor: int, wanted: bytes) -> bytes:
    read = b""
    while wanted not in read:
        read += os.read(descriptor, 65536)
    return read


RUN: dict[str, Any] = {
    "run": "r", "state": "running", "unit": "epoch", "attempt": 1, "position": 6, "end": None, "lr": 0.05,
    "present": [{"gone": False}, {"gone": True}],
}  # fmt: skip
CURVE: dict[str, Any] = {
    "unit": "epoch", "position": 6, "frontier": 8, "epochs": [0, 5, 10, 19], "lr": [0.1, 0.05, 0.025, 0.025],
    "changes": [{"epoch": 3, "label": "hold"}, {"epoch": 12, "label": "x0.5"}],
}  # fmt: skip


def test_the_page_has_the_curve_in_a_line_with_a_mark_where_the_run_is() -> None:
    shown = list(page(RUN, CURVE, ["12:00:00  hold"], Terminal("ascii", False, 80, 20)))

    assert shown == [
        "r  running  epoch 6  lr 0.05",
        "^^^^^.....__________",
        "      ^ epoch 6",
        "next change  x0.5 at 12",
        "workers      2, 1 gone",
        "Ctrl-C       ends this",
        "12:00:00  hold",
    ]


def test_a_mark_at_the_right_has_its_words_at_its_left() -> None:
    shown = list(page(RUN, {**CURVE, "position": 19}, [], Terminal("ascii", False, 80, 20)))

    assert shown[2] == "          epoch 19 ^"


@pytest.mark.parametrize(
    ("epochs", "lr", "said"),
    [
        ([0, 9, 10, 19], [0.1, 0.1, 0.01, 0.01], "lr 0.01 at 10"),
        ([0, 6, 12, 13, 19], [0.1, 0.1, 0.1, 0.08, 0], "from 12 on"),
        ([0, 6, 7, 8], [0.1, 0.06, 0.05, 0.04], "every epoch"),
        ([0, 19], [0.1, 0.1], "none"),
    ],
)
def test_where_nobody_asked_for_a_change_it_tells_when_the_schedule_moves(
    epochs: list[int], lr: list[float], said: str
) -> None:
    curve = {**CURVE, "epochs": epochs, "lr": lr, "changes": []}

    shown = list(page(RUN, curve, [], Terminal("ascii", False, 80, 20)))

    assert shown[3] == f"next change  {said}"


@pytest.mark.parametrize("columns", [32, 80])
def test_a_page_says_that_the_service_is_away(columns: int) -> None:
    shown = list(page(RUN, CURVE, [], Terminal("braille", False, columns, 20), Unavailable("http://here broke off")))

    assert shown[-1] == "http://here broke off; what is shown is from before, and it is tried again"
