"""Knots that lie before epoch 0: what came before the start still bends what follows it."""

import pytest

from setpoint.schedules.basic import Points


def test_a_line_may_start_before_epoch_0() -> None:
    points = Points(points=((-1.0, 0.4), (3.0, 0.0)))

    assert [points.lr(epoch) for epoch in range(5)] == pytest.approx([0.3, 0.2, 0.1, 0.0, 0.0])


def test_knots_that_are_over_before_epoch_0_do_not_count() -> None:
    points = Points(points=((-9.5, 1.0), (-2.0, 0.2), (2.0, 0.6)))

    assert points.lr(0) == pytest.approx(0.4)
    assert points.lr(9) == 0.6


def test_a_line_that_ended_before_epoch_0_holds_its_end() -> None:
    points = Points(points=((-9.0, 1.0), (-2.0, 0.2)))

    assert [points.lr(0), points.lr(7)] == [0.2, 0.2]


def test_a_line_that_ended_at_epoch_0_may_go_on() -> None:
    points = Points(points=((-2.0, 0.0), (0.0, 0.2)), past_end="continue")

    assert [points.lr(0), points.lr(3)] == pytest.approx([0.2, 0.5])
