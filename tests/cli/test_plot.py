"""`setpoint plot`: in the terminal, and into files."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from setpoint.cli import terminal
from setpoint.schedules.kinds import parse
from setpoint.schedules.picture import chart, title
from tests.cli.shell import SPEC, STEP, run

PROGRAM = str(Path(sys.executable).with_name("setpoint"))
DRAWN = """\
step, initial_lr 0.1, step_size 5, gamma 0.5
learning rate
 0.1 +**************
     |             *
     |             *
0.05 +             **************
     |                          **************
     |
   0 +
     +----------------------------------------
      0            5           10           15
                    epoch
"""


class Screen(NamedTuple):
    """A terminal of some encoding."""

    encoding: str

    def isatty(self) -> bool:
        return True


def test_without_utf_8_it_draws_in_ascii() -> None:
    assert run(f"plot {STEP} --stop 15 --width 46 --height 12", encoding="ascii").out == DRAWN


def test_in_utf_8_it_draws_with_braille() -> None:
    drawn = run(f"plot {STEP} --stop 15 --width 40 --height 12").out.splitlines()

    assert drawn[2] == " 0.1 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⡇"
    assert drawn[-3] == "     └──────────────────────────────────"


def test_the_characters_may_be_chosen() -> None:
    drawn = run(f"plot {STEP} --stop 15 --width 40 --height 12 --charset blocks").out

    assert "▀▀▀▀" in drawn
    assert "⠉" not in drawn


def test_a_logarithmic_axis_has_the_powers_of_ten() -> None:
    drawn = run("plot --kind exponential --initial-lr 1 --gamma 0.1 --stop 4 --log-y").out

    labels = [line.partition(" ┤")[0].strip() for line in drawn.splitlines() if " ┤" in line]
    assert labels == ["1", "0.1", "0.01", "1e-3"]


def test_what_is_piped_has_no_colour_and_the_columns_of_the_terminal() -> None:
    drawn = run("plot spec.json").out

    assert "\x1b" not in drawn
    assert max(map(len, drawn.splitlines())) == 80


def test_a_schedule_without_an_end_is_drawn_until_it_has_shown_what_it_does() -> None:
    assert run(f"plot {STEP} -o curve.svg").code == 0
    assert ">25<" in Path("curve.svg").read_text()


@pytest.mark.parametrize("flags", ["-o curve.csv", "-o curve.txt --format csv"])
def test_the_numbers_of_a_schedule_without_an_end_need_a_stop(flags: str) -> None:
    assert "--stop is needed" in run(f"plot {STEP} {flags}").err


def test_a_files_ending_says_what_is_written_into_it() -> None:
    for name in ("a.svg", "a.PNG", "a.csv", "a.json", "a.txt"):
        assert run(f"plot {STEP} --stop 15 -o {name}") == (0, b"", "")

    assert ElementTree.parse("a.svg").getroot().get("width") == "960"
    assert Path("a.PNG").read_bytes().startswith(b"\x89PNG\r\n")
    assert Path("a.csv").read_text().splitlines()[:2] == ["epoch,lr", "0,0.1"]
    assert json.loads(Path("a.json").read_text())["lr"][5] == 0.05
    assert "⢹" in Path("a.txt").read_text(encoding="utf-8")


def test_a_format_may_be_said_instead() -> None:
    assert run("plot spec.json --format svg").out.startswith("<svg ")
    assert run("plot spec.json -o - --format png").raw.startswith(b"\x89PNG\r\n")
    assert run("plot spec.json --json").json["stop"] == 50


def test_width_and_height_are_pixels_in_a_picture() -> None:
    root = ElementTree.fromstring(run("plot spec.json --format svg --width 640 --height 300").out)

    assert (root.get("width"), root.get("height")) == ("640", "300")


def test_the_last_epoch_shown_has_its_width_too() -> None:
    (series,) = chart({"": parse(SPEC)}, range(0, 12, 5), log_y=False).series

    assert list(series.xs) == [0, 5, 10, 12]
    assert list(series.ys) == [0.1, 0.05, 0.025, 0.025]


def test_no_more_is_computed_than_is_seen() -> None:
    (series,) = chart({"": parse(SPEC)}, range(10**9), log_y=False).series

    assert len(series.xs) < 21_000


def test_the_title_of_a_composite_is_its_kind() -> None:
    assert title(parse({"kind": "scale", "factor": 0.5, "schedule": SPEC})) == "scale"


@pytest.mark.parametrize(
    ("encoding", "term", "charset"),
    [
        ("utf-8", "xterm", "braille"),
        ("utf-8", "linux", "blocks"),
        ("gb18030", "xterm", "braille"),
        ("latin-1", "xterm", "ascii"),
        ("nonsense", "linux", "ascii"),
    ],
)
def test_the_finest_characters_that_the_terminal_has_are_taken(encoding: str, term: str, charset: str) -> None:
    assert terminal.found(Screen(encoding), {"TERM": term}).charset == charset


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_real_terminal_gets_colour_unless_it_is_not_wanted(environment: dict[str, str], coloured: bool) -> None:
    drawn = _on_a_terminal(["plot", "cosine"], environment)

    assert "⠉" in drawn
    assert ("\x1b[94m" in drawn) is coloured


def test_a_png_is_not_written_to_a_terminal() -> None:
    drawn = _on_a_terminal(["plot", "cosine", "--format", "png"], {"TERM": "xterm"})

    assert drawn == "setpoint plot: a PNG is not for a terminal: -o FILE writes it into a file\r\n"


def _on_a_terminal(words: list[str], environment: dict[str, str]) -> str:
    """All that the program writes on a pseudo-terminal."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    with subprocess.Popen(
        [PROGRAM, *words], stdin=theirs, stdout=theirs, stderr=theirs, env={**clean, "PYTHONUTF8": "1", **environment}
    ) as process:
        os.close(theirs)
        parts = list(iter(lambda: _read(ours), b""))
        process.wait(timeout=30)
    os.close(ours)
    return b"".join(parts).decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so where the other end is closed
        return b""
