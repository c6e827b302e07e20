import struct
import sys
from dataclasses import replace

import pytest

from setpoint.errors import InvalidRequest
from setpoint.plotting import Chart, Series, png
from tests.plotting.charts import CHANGED_RUN, HOSTILE_CHART, STEP_LR

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def size(picture: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_a_picture_is_twice_the_size_of_the_chart() -> None:
    picture = png.render(STEP_LR)

    assert picture.startswith(SIGNATURE)
    assert size(picture) == (1920, 800)


def test_the_scale_can_be_chosen() -> None:
    assert size(png.render(STEP_LR, scale=0.5)) == (480, 200)


def test_words_are_drawn() -> None:
    # The letters differ and their number and width do not, so only drawn letters can change a pixel.
    one, other = replace(STEP_LR, title="OOOO"), replace(STEP_LR, title="NNNN")

    assert png.render(one) != png.render(other)


def test_regular_letters_are_drawn_as_well_as_bold_ones() -> None:
    one, other = replace(STEP_LR, x_label="OOOO"), replace(STEP_LR, x_label="NNNN")

    assert png.render(one) != png.render(other)


def test_a_letter_the_font_lacks_is_shown_as_lacking() -> None:
    missing, lacking = replace(STEP_LR, title="学"), replace(STEP_LR, title="\ufffd")

    assert png.render(missing) == png.render(lacking)
    assert png.render(missing) != png.render(replace(STEP_LR, title=" "))


def test_the_theme_auto_is_light() -> None:
    assert png.render(STEP_LR) == png.render(replace(STEP_LR, theme="light"))
    assert png.render(STEP_LR) != png.render(replace(STEP_LR, theme="dark"))


@pytest.mark.parametrize("chart", [CHANGED_RUN, HOSTILE_CHART, Chart([]), Chart([Series([7], [0])])])
def test_every_chart_can_be_drawn(chart: Chart) -> None:
    assert png.render(chart, scale=1).startswith(SIGNATURE)


@pytest.mark.parametrize("scale", [0, -1, 9, float("nan"), float("inf")])
def test_a_scale_that_can_not_be_drawn_is_refused(scale: float) -> None:
    with pytest.raises(InvalidRequest, match="scale"):
        png.render(STEP_LR, scale=scale)


def test_a_picture_too_large_for_memory_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="32000000 pixels"):
        png.render(Chart([], width=8192, height=8192), scale=1)


def test_without_resvg_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)

    with pytest.raises(png.MissingExtra) as missing:
        png.render(STEP_LR)

    assert missing.value.extra == {"extra": "plot"}
    assert "setpoint[plot]" in missing.value.advice
