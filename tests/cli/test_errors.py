"""What goes wrong is told in one line that names the flag or the place, with an exit code."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from setpoint.cli import lr
from setpoint.plotting import png
from tests.cli.shell import STEP, run

PROGRAM = str(Path(sys.executable).with_name("setpoint"))

MISUSED = [
    ("plto", "setpoint: 'plto' is not a command; did you mean plot?"),
    ("xyzzy", "setpoint: 'xyzzy' is not a command; there are serve, migrate, copy, "),
    ("lr --epoch 3", "setpoint lr: there is no schedule: give a file, - for standard input, or --kind and its"),
    (f"lr {STEP}", "setpoint lr: --epoch is needed: --epoch 12 for one, --epoch 0:30 for the first thirty"),
    (
        "lr --kind step --initial-lr 0.1 --step-sise 5 --epoch 3",
        "setpoint lr: --step-sise is not known here (did you mean --step-size?); step has --initial-lr, --step-size a",
    ),
    ("lr --gamma=1 --epoch 3", "setpoint lr: --gamma is not known here; the parameters of a kind follow --kind, as"),
    ("lr --kind stpe --epoch 3", "setpoint lr: --kind 'stpe' is unknown; did you mean step?"),
    ("lr --kind=xyzzy --epoch 3", "setpoint lr: --kind 'xyzzy' is unknown; known are constant, step, multistep, "),
    ("lr --kind warmup --epoch 3", "setpoint lr: --kind warmup is made of other schedules: give it as JSON; "),
    ("lr --kind", "setpoint lr: --kind: expected one argument"),
    (f"lr spec.json {STEP} --epoch 3", "setpoint lr: 'spec.json' and --kind are two schedules: give one of them"),
    ("lr spec.json more --epoch 3", "setpoint lr: 'more' is one word too many"),
    ("lr --kind step --initial-lr 0.1 --epoch 3", "setpoint lr: --step-size: is required"),
    ("lr --kind step --initial-lr x --step-size 0 --epoch 3", "setpoint lr: --initial-lr: must be a number as JSON"),
    ("lr --kind step --initial-lr -1 --step-size 5 --epoch 3", "setpoint lr: --initial-lr: should be greater than"),
    ("lr --kind constant --initial-lr NaN --epoch 3", "setpoint lr: --initial-lr: must be a number as JSON writes"),
    ("lr --kind points --points 0:1,x:2 --epoch 3", "setpoint lr: --points: must be a number as JSON writes it"),
    ("lr --kind points --points 0:1,5:-2 --epoch 3", "setpoint lr: --points (/1/1): should be greater than or equal"),
    ("lr spec.json --epoch 1_0", "setpoint lr: --epoch: must be a whole number from 0 on, below 2^53, and not '1_0'"),
    ("lr spec.json --epoch 9007199254740992", "setpoint lr: --epoch: must be a whole number from 0 on, below 2^53"),
    ("lr spec.json --epoch 5:5", "setpoint lr: --epoch: 5:5 holds no epoch: the stop is left out"),
    ("lr spec.json --epoch 0:5:0", "setpoint lr: --epoch: must be at least 1"),
    ("lr spec.json --epoch 0:1:2:3", "setpoint lr: --epoch: must be an epoch, START:STOP or START:STOP:STRIDE"),
    ("lr none.json --epoch 3", "setpoint lr: none.json can't be read: No such file or directory"),
    ("lr . --epoch 3", "setpoint lr: . can't be read: Is a directory"),
    ("lr spec.json - --epoch 3", "setpoint lr: '-' is one word too many"),
    ("lr /dev/zero --epoch 3", "setpoint lr: /dev/zero is longer than 16 MiB, which no schedule is"),
    ("lr 'a\n\x1b[31mb' --epoch 3", "setpoint lr: a  [31mb can't be read: No such file or directory"),
    (f"schedule {STEP}", "setpoint schedule: --stop is needed, for this schedule goes on for ever: --stop 100"),
    ("schedule spec.json --start 50", "setpoint schedule: --start 50 must be before the stop, 50"),
    ("plot spec.json -o curve.jpg", "setpoint plot: -o curve.jpg must end in .txt, .svg, .png, .csv, .json, or"),
    ("plot spec.json --height 3", "setpoint plot: --height: must be at least 8, not 3"),
    ("plot spec.json --width 9 -o curve.svg", "setpoint plot: --width: must be from 240 to 8192, not 9"),
    ("diff spec.json", "setpoint diff: there must be two schedules: each a file, - for standard input, or a kind's"),
    ("diff - -", "setpoint diff: standard input holds one schedule, not two"),
    ("diff spec.json spec.json --tolerance x", "setpoint diff: --tolerance: must be a number from 0 to 1, such as"),
    ("kinds stepp", "setpoint kinds: there is no kind 'stepp'; did you mean step?"),
    ("kinds step --colour", "setpoint kinds: --colour is not known here"),
    ("serve --port x", "setpoint serve: port must be a whole number from 0 to 65535, and not 'x'."),
    ("serve --prot 1", "setpoint serve: --prot is not known here (did you mean --port?)"),
]


@pytest.mark.parametrize(("command", "told"), MISUSED)
def test_a_command_that_can_t_be_meant_is_told_in_one_line(command: str, told: str) -> None:
    ended = run(command)

    assert ended.err.startswith(told)
    assert ended.err.count("\n") == 1
    assert (ended.code, ended.raw) == (2, b"")


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("", "standard input is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("{", "standard input is not JSON: Expecting property name enclosed in double quotes: line 1 column 2"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "standard input is not JSON: Expecting value"),
        ('{"kind": "step", "gamma": 1, "gamma": 2}', "standard input is not JSON: the key 'gamma' stands there twice"),
        ('{"kind": "constant", "initial_lr": NaN}', "standard input is not JSON: NaN is not a number that JSON knows"),
        ('{"kind": "constant", "initial_lr": 1e400}', "standard input: /initial_lr: must be a finite number"),
        ("[" * 100_000, "standard input is nested too deep"),
        ("9" * 5000, "standard input is not JSON: Exceeds the limit (4300 digits) for integer string conversion"),
        ("[1]", "standard input: "),
        ('{"kind": "clamp", "schedule": {"kind": "constant"}}', "standard input: /schedule/initial_lr: is required"),
    ],
)
def test_what_is_wrong_with_a_document_is_told_with_its_place(document: str, told: str) -> None:
    ended = run("lr - --epoch 3", stdin=document)

    assert ended.err.startswith(f"setpoint lr: {told}")
    assert ended.err.count("\n") == 1
    assert ended.code == 2


def test_a_file_that_can_t_be_written_is_a_failure() -> None:
    ended = run("plot spec.json -o none/curve.svg")

    assert (ended.code, ended.err) == (1, "setpoint plot: none/curve.svg: No such file or directory\n")


def test_what_is_not_installed_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)

    ended = run("plot spec.json -o curve.png")

    assert ended.code == 2
    assert ended.err.endswith(f"{png.MissingExtra.advice}\n")


def test_a_document_of_the_service_without_the_service_says_which_extra_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("setpoint.api")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)

    ended = run("openapi")

    assert ended.code == 2
    assert ended.err == "setpoint openapi: the service needs more than the client: pip install 'setpoint[server]'\n"


def test_a_fault_of_our_own_is_one_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_options: object) -> NoReturn:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(lr, "run", broken)

    ended = run(f"lr {STEP} --epoch 3")

    assert ended.code == 1
    assert ended.err == (
        "setpoint lr: a fault of Setpoint itself: ZeroDivisionError: by zero (SETPOINT_TRACEBACK=1 shows where)\n"
    )


def test_a_reader_that_leaves_early_is_no_error() -> None:
    ended = _shell("setpoint schedule --kind step --initial-lr 1 --step-size 5 --stop 10000000 | head -n 2")

    assert (ended.stdout, ended.stderr) == ("epoch,lr\n0,1.0\n", "")


def test_an_interrupt_ends_it_without_a_word() -> None:
    endless = [PROGRAM, "schedule", "--kind", "constant", "--initial-lr", "1", "--stop", "9007199254740991"]

    with subprocess.Popen(endless, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert (process.returncode, err) == (130, b"")


def _shell(line: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    return subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, timeout=60, check=False)
