"""A schedule as a chart."""

import pytest

from setpoint.curves.picture import picture, trace
from setpoint.errors import InvalidRequest, InvalidSchedule
from setpoint.plotting import svg
from setpoint.schedules.piece import FLAT, Piece
from tests.curves.forms import Laid, a_form, the_seed


def test_a_staircase_is_drawn_in_steps() -> None:
    series = trace(the_seed(), 0, 100_000, points=10)

    assert series.shape == "step"


def test_a_curve_is_drawn_in_lines() -> None:
    series = trace(a_form("cosine", initial_lr=0.1, epochs=4), 0, 4)

    assert (series.shape, [*series.xs]) == ("line", [0, 1, 2, 3])


def test_a_jump_away_from_a_level_is_upright_among_lines() -> None:
    drop = {"kind": "multistep", "initial_lr": 0.1, "milestones": [3]}
    rise = {"kind": "linear", "initial_lr": 0.05, "final_lr": 0.25, "epochs": 2}
    series = trace(a_form("sequence", schedules=[drop, rise], milestones=[2]), 0, 5)

    assert series.shape == "line"
    assert [*zip(series.xs, series.ys, strict=True)] == [(0, 0.1), (1, 0.1), (2, 0.1), (2, 0.05), (3, 0.15), (4, 0.25)]


def test_a_trace_carries_its_name_and_its_pen() -> None:
    series = trace(the_seed(), 0, 5, label="planned", style="dotted", hue=2)

    assert (series.label, series.style, series.hue) == ("planned", "dotted", 2)


def test_a_picture_says_what_is_on_its_axes() -> None:
    chart = picture(the_seed(), 0, 15, title="the seed", y_log=True, width=300, height=200, theme="dark")

    assert (chart.title, chart.x_label, chart.y_label) == ("the seed", "epoch", "learning rate")
    assert (chart.y_log, chart.width, chart.height, chart.theme) == (True, 300, 200, "dark")
    assert [*chart.series[0].xs] == [*range(15)]


def test_a_picture_of_a_million_epochs_has_few_points() -> None:
    chart = picture(a_form("cosine", initial_lr=0.1, epochs=10**6), 0, 10**6)

    assert len(chart.series[0].xs) <= 2000


def test_a_picture_of_no_epoch_can_be_drawn() -> None:
    assert svg.render(picture(the_seed(), 5, 5)).startswith("<svg")


def test_a_picture_of_what_may_not_be_served_is_refused() -> None:
    with pytest.raises(InvalidSchedule, match="epoch 0"):
        picture(Laid([Piece(0, 9, lambda _t: -1.0, True, FLAT)]), 0, 9)


def test_a_size_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="width"):
        picture(the_seed(), 0, 15, width=10)
