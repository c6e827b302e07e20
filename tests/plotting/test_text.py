import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.errors import InvalidRequest
from setpoint.plotting import Chart, Marker, Series, text, wording
from setpoint.plotting.canvas import Charset
from tests.plotting.charts import CHANGED_RUN, HOSTILE_CHART, STEP_LR

ESCAPE = re.compile("\x1b\\[[0-9]+m")
FINITE = st.floats(-1e300, 1e300)

BRAILLE = """\
step
learning rate
 0.1 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⡇
     │           ⡇
     │           ⡇
0.05 ┤           ⠧⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⢤
     │                      ⢸
     │                      ⠈⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⢹
   0 ┤                                 ⠈
     └──────────────────────────────────
      0          5         10         15
                 epoch"""

BLOCKS = """\
step
learning rate
 0.1 ┤▀▀▀▀▀▀▀▀▀▀▀▌
     │           ▌
     │           ▌
0.05 ┤           ▀▀▀▀▀▀▀▀▀▀▀▜
     │                      ▐
     │                      ▝▀▀▀▀▀▀▀▀▀▀▜
   0 ┤
     └──────────────────────────────────
      0          5         10         15
                 epoch"""

PLAIN = """\
step
learning rate
 0.1 +************
     |           *
     |           *
0.05 +           ************
     |                      ************
     |                                 *
   0 +
     +----------------------------------
      0          5         10         15
                 epoch"""

RUN = """\
a run
─── sealed  ··· planned  ╌╌╌ preview
       halved          now               end
1e-3 ┤⠉⠉⠉⠉⡇             │                  ┊
     │    ⣇⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⡀                 ┊
5e-4 ┤    ┊             │ ⠐                ┊
     │    ┊             │   ⠁⠠             ┊
2e-4 ┤    ┊             │⠢⢄    ⠂⢀          ┊
     │    ┊             │   ⠢⢄    ⠄        ┊
1e-4 ┤    ┊             │      ⠢⣀  ⠈ ⠄     ┊
5e-5 ┤    ┊             │         ⠢⣀  ⠈ ⠄  ┊
   0 ≈    ┊             │            ⠑⠒ ⠤⠬ ⣄
     └──────────────────────────────────────
      0                50                100"""


@pytest.mark.parametrize(("charset", "expected"), [("braille", BRAILLE), ("blocks", BLOCKS), ("ascii", PLAIN)])
def test_a_step_curve_is_drawn_with_its_drops_joined(charset: Charset, expected: str) -> None:
    assert text.render(STEP_LR, width=40, height=12, charset=charset) == expected


def test_sealed_planned_preview_markers_now_and_zero_all_show() -> None:
    assert text.render(CHANGED_RUN, width=44, height=14) == RUN


def test_plain_ascii_stays_ascii_whatever_the_labels_say() -> None:
    chart = Chart([Series([0, 1], [-1, 1], "×0.5"), Series([0], [1], "η")], "学…", y_log=True)

    drawn = text.render(chart, width=40, height=10, charset="ascii")

    assert drawn.isascii()
    assert drawn.startswith("?~\n* x0.5  + ?\n")


def test_curves_are_told_apart_by_colour_when_asked() -> None:
    drawn = text.render(CHANGED_RUN, color=True)

    assert "\x1b[94m─── sealed\x1b[0m" in drawn
    assert "\x1b[33m╌╌╌ preview\x1b[0m" in drawn
    assert ESCAPE.sub("", drawn) == text.render(CHANGED_RUN)


def test_escape_sequences_in_labels_never_reach_the_terminal() -> None:
    drawn = text.render(HOSTILE_CHART, width=120)

    assert "\x1b" not in drawn
    assert "\x00" not in drawn
    assert "\ufffd[31m" in drawn


def test_labels_of_markers_keep_apart() -> None:
    crowd = Chart([], markers=[Marker(x, f"change {x}") for x in range(10)])

    line = text.render(crowd, width=40, height=10).splitlines()[0]

    assert line.strip() == "change 0   change 4   change 7"


@pytest.mark.parametrize(("width", "height", "pointer"), [(31, 20, "/width"), (80, 7, "/height")])
def test_a_terminal_too_small_is_refused_by_name(width: int, height: int, pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        text.render(STEP_LR, width=width, height=height)

    assert [fault.pointer for fault in refusal.value.faults] == [pointer]


@given(
    st.text(max_size=30),
    st.lists(st.tuples(FINITE, FINITE), max_size=5),
    st.sampled_from(["braille", "blocks", "ascii"]),
    st.integers(32, 60),
    st.integers(8, 20),
)
def test_every_chart_keeps_to_its_size(
    label: str, points: list[tuple[float, float]], charset: Charset, width: int, height: int
) -> None:
    curve = Series([x for x, _ in points], [y for _, y in points], label)
    chart = Chart([curve, replace(curve, shape="line")], label, label, label, [Marker(0, label)], 1)

    lines = text.render(chart, width=width, height=height, charset=charset).split("\n")

    assert len(lines) <= height
    assert all(wording.cells(line) <= width for line in lines)


def test_ten_thousand_points_are_quick() -> None:
    chart = Chart([Series(range(10_000), [float(x * x % 997) for x in range(10_000)])])

    started = time.process_time()
    text.render(chart)

    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([0.1, 0.1, 0.1], "▅▅▅"),
        ([], ""),
        ([-1.7e308, 1.7e308], "▁█"),
        (range(100), "▁▁▂▃▄▅▆▇██"),
    ],
)
def test_a_sparkline_rises_with_its_values(values: list[float], expected: str) -> None:
    assert text.sparkline(values, 10) == expected


def test_a_plain_sparkline_is_ascii() -> None:
    assert text.sparkline([0, 1, 2, 3, 4], ascii_only=True) == "_.-=^"
