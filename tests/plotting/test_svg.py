import time
from dataclasses import replace
from math import cos
from typing import cast
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.plotting import Chart, Marker, Series, svg
from setpoint.plotting.chart import Theme
from tests.plotting.charts import CHANGED_RUN, HOSTILE_CHART, STEP_LR

NAMESPACE = "{http://www.w3.org/2000/svg}"
FINITE = st.floats(-1e300, 1e300)


def parsed(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(svg.render(chart))


def every(root: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return list(root.iter(NAMESPACE + tag))


def words(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in every(root, "text")]


def strokes(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [path for path in every(root, "path") if path.get("class") == f"stroke-{name}"]


def test_a_step_curve_is_drawn_with_horizontal_and_vertical_commands_only() -> None:
    [curve] = strokes(parsed(STEP_LR), "curve0")

    d = cast("str", curve.get("d"))
    assert (d[0], d.count("H"), d.count("V"), d.count("L")) == ("M", 4, 3, 0)


def test_a_picture_names_and_describes_itself() -> None:
    root = parsed(STEP_LR)

    assert root.get("role") == "img"
    assert [title.text for title in root.findall(f"{NAMESPACE}title")] == ["step"]
    assert [desc.text for desc in root.findall(f"{NAMESPACE}desc")] == [
        "from 0.1 at 0 to 0.0125 at 15, between 0.0125 and 0.1."
    ]


def test_ticks_title_and_axes_are_written() -> None:
    written = words(parsed(STEP_LR))

    assert {"step", "epoch", "learning rate", "0", "0.1", "0.02", "14"} <= set(written)


def test_sealed_planned_and_preview_differ_by_dash_and_colour() -> None:
    root = parsed(CHANGED_RUN)

    sealed, planned, *_ = strokes(root, "curve0")
    preview = [path for path in strokes(root, "preview") if path.get("stroke-dasharray") == "6 3"]
    assert sealed.get("stroke") == planned.get("stroke") == "#1560c0"
    assert sealed.get("stroke-dasharray") is None
    assert planned.get("stroke-dasharray") == "2.5 3.5"
    assert {path.get("stroke") for path in preview} == {"#bc4c00"}


def test_markers_and_now_carry_their_labels() -> None:
    written = words(parsed(CHANGED_RUN))

    assert {"halved", "hold", "end", "now"} <= set(written)


def test_labels_of_neighbouring_markers_stand_on_different_rows() -> None:
    root = parsed(CHANGED_RUN)

    heights = {"".join(text.itertext()): text.get("y") for text in every(root, "text")}
    assert heights["halved"] != heights["hold"]


def test_a_marker_without_room_for_its_label_keeps_it_as_a_tooltip() -> None:
    crowd = Chart([], markers=[Marker(x, f"change {x}") for x in range(500)])

    root = parsed(crowd)

    lines = strokes(root, "preview")
    assert len(lines) == 500
    assert {"".join(line.itertext()) for line in lines} == {f"change {x}" for x in range(500)}


def test_zeros_on_a_log_axis_stand_on_a_labelled_floor_under_a_break() -> None:
    root = parsed(CHANGED_RUN)

    slashes = [p for p in strokes(root, "muted") if cast("str", p.get("d")).count("l10 -5") == 2]
    assert len(slashes) == 1
    assert words(root).count("0") == 2


def test_a_single_point_is_a_dot() -> None:
    root = parsed(Chart([Series([7], [3e-4])]))

    assert len(every(root, "circle")) == 1


def test_a_chart_without_values_is_still_a_picture() -> None:
    root = parsed(Chart([]))

    assert {"0", "1"} <= set(words(root))


def test_hostile_labels_are_text() -> None:
    rendered = svg.render(HOSTILE_CHART)

    root = ElementTree.fromstring(rendered)
    assert "<img" not in rendered
    assert {element.tag.removeprefix(NAMESPACE) for element in root.iter()} == {
        *("svg", "title", "desc", "style", "rect", "path", "g", "text")
    }
    assert any(text.startswith("<img src=x onerror=alert") for text in words(root))


@given(st.text(st.characters(), max_size=40), st.lists(st.tuples(FINITE, FINITE), max_size=5))
def test_every_chart_is_well_formed_whatever_its_words_and_numbers(
    text: str, points: list[tuple[float, float]]
) -> None:
    curve = Series([x for x, _ in points], [y for _, y in points], text)

    root = parsed(Chart([curve], text, text, text, [Marker(1, text)], x_log=True, y_log=True))

    drawn = " ".join(cast("str", path.get("d")) for path in every(root, "path"))
    assert "nan" not in drawn
    assert "inf" not in drawn


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_needs_no_style_sheet(theme: Theme) -> None:
    rendered = svg.render(replace(STEP_LR, theme=theme))

    assert "<style" not in rendered
    assert ("#0d1117" in rendered) == (theme == "dark")


def test_the_theme_auto_turns_dark_where_the_reader_prefers_it() -> None:
    rendered = svg.render(STEP_LR)

    assert 'class="fill-background" fill="#ffffff"' in rendered
    assert "@media(prefers-color-scheme:dark)" in rendered
    assert ".setpoint-auto .fill-background{fill:#0d1117}" in rendered
    assert ".setpoint-auto .stroke-curve0{stroke:#58a6ff}" in rendered


def test_nothing_is_loaded_and_nothing_runs() -> None:
    rendered = svg.render(CHANGED_RUN)

    assert "<script" not in rendered
    assert "href" not in rendered
    assert "url(" not in rendered


def test_ten_thousand_points_are_small_and_quick() -> None:
    values = [0.05 * (1 + cos(x / 3183)) for x in range(10_000)]
    chart = Chart([Series(range(10_000), values)])

    started = time.process_time()
    rendered = svg.render(chart)
    spent_seconds = time.process_time() - started

    assert len(rendered) < 40_000
    assert spent_seconds < 0.3


def test_a_key_is_drawn_once_there_are_two_names() -> None:
    two = Chart([Series([0, 1], [1, 2], "head"), Series([0, 1], [2, 3], "body", hue=1)])

    assert {"head", "body"} <= set(words(parsed(two)))
    assert "head" not in words(parsed(replace(two, series=two.series[:1])))
