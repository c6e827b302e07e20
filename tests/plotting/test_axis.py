from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.plotting import axis

VALUES = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20)


def test_a_linear_axis_starts_at_zero() -> None:
    fitted = axis.fit([0.0125, 0.1])

    assert (fitted.low, fitted.high) == (0, 0.1)


def test_a_linear_axis_leaves_zero_out_when_the_values_lie_far_above_it() -> None:
    fitted = axis.fit([0.0999, 0.1])

    assert (fitted.low, fitted.high) == (0.0999, 0.1)


def test_a_constant_curve_lies_within_its_axis() -> None:
    fitted = axis.fit([0.1, 0.1])

    assert (fitted.low, fitted.high, fitted.fraction(0.1)) == (0, 0.1, 1)


def test_a_constant_zero_lies_at_the_bottom_of_its_axis() -> None:
    fitted = axis.fit([0, 0])

    assert (fitted.low, fitted.high, fitted.fraction(0)) == (0, 1, 0)


def test_a_constant_on_a_log_axis_lies_inside_it() -> None:
    fitted = axis.fit([1e-3], log=True)

    assert [tick.label for tick in fitted.ticks] == ["5e-4", "1e-3", "2e-3"]
    assert fitted.fraction(1e-3) == pytest.approx(0.5)


def test_a_log_axis_puts_equal_ratios_at_equal_distances() -> None:
    fitted = axis.fit([1e-4, 1], log=True)

    assert [fitted.fraction(v) for v in (1e-4, 1e-3, 1e-2, 0.1, 1)] == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_zero_on_a_log_axis_stands_on_a_floor_below_every_tick() -> None:
    fitted = axis.fit([0, 1e-4, 1], log=True)

    assert fitted.floor == "0"
    assert fitted.fraction(0) == 0
    assert fitted.fraction(1e-4) == pytest.approx(0.08)
    assert fitted.fraction(1) == 1


def test_the_floor_says_when_values_below_zero_stand_on_it() -> None:
    fitted = axis.fit([-1, 1], log=True)

    assert fitted.floor == "≤0"
    assert fitted.fraction(-1) == 0


def test_an_all_zero_curve_has_a_log_axis_too() -> None:
    fitted = axis.fit([0, 0], log=True)

    assert (fitted.floor, fitted.fraction(0)) == ("0", 0)


def test_a_tight_axis_ends_with_its_last_value() -> None:
    fitted = axis.fit([0, 93], tight=True, whole=True)

    assert (fitted.low, fitted.high) == (0, 93)
    assert [tick.label for tick in fitted.ticks] == ["0", "20", "40", "60", "80"]


def test_a_tight_axis_reaches_for_a_tick_close_by() -> None:
    fitted = axis.fit([0, 99_999], tight=True, whole=True)

    assert fitted.high == 100_000
    assert fitted.ticks[-1].label == "100k"


def test_a_single_point_has_room_on_both_sides() -> None:
    fitted = axis.fit([7], tight=True, whole=True)

    assert (fitted.low, fitted.high, fitted.fraction(7)) == (6, 8, 0.5)


def test_without_values_an_axis_goes_from_zero_to_one() -> None:
    fitted = axis.fit([])

    assert (fitted.low, fitted.high) == (0, 1)


def test_the_whole_range_of_floats_fits_on_an_axis() -> None:
    fitted = axis.fit([-1.7e308, 1.7e308])

    assert fitted.fraction(0) == 0.5


@given(VALUES, st.booleans(), st.booleans())
def test_every_value_falls_within_the_axis_in_its_order(values: list[float], log: bool, tight: bool) -> None:
    fitted = axis.fit(values, log=log, tight=tight)

    places = [fitted.fraction(value) for value in sorted(values)]
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)
    assert all(before <= after for before, after in pairwise(places))
    assert fitted.ticks
