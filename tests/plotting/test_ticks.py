import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.plotting import ticks

ANY = st.floats(-1e300, 1e300)
POSITIVE = st.floats(1e-300, 1e300)


def labels(marks: tuple[ticks.Tick, ...]) -> str:
    return " ".join(tick.label for tick in marks)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 0.1, "0 0.02 0.04 0.06 0.08 0.1"),
        (0, 3e-4, "0 1e-4 2e-4 3e-4"),
        (0, 0.0015, "0 0.0005 0.001 0.0015"),
        (0, 90, "0 20 40 60 80 100"),
        (0, 5_000, "0 1k 2k 3k 4k 5k"),
        (0, 100_000, "0 20k 40k 60k 80k 100k"),
        (0, 20_000_000, "0 5M 10M 15M 20M"),
        (0, 1e9, "0 2e8 4e8 6e8 8e8 1e9"),
        (-1, 1, "-1 -0.5 0 0.5 1"),
        (0.3, 0.7, "0.3 0.4 0.5 0.6 0.7"),
        (100_000, 100_004, "100000 100001 100002 100003 100004"),
        (0.1, 0.1 + 2**-56, "0.1 0.10000000000000002"),
        (0, 5e-324, "0 5e-324"),
        (-1e308, 1e308, "-1e308 -5e307 0 5e307 1e308"),
        (1e-300, 1e300, "0 2e299 4e299 6e299 8e299 1e300"),
    ],
)
def test_linear_ticks_are_round_numbers_in_their_shortest_form(low: float, high: float, expected: str) -> None:
    assert labels(ticks.linear(low, high)) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1e-7, 3e-4, "1e-7 1e-6 1e-5 1e-4 1e-3"),
        (1e-3, 1, "1e-3 0.01 0.1 1"),
        (0.05, 0.2, "0.05 0.1 0.2"),
        (0.1, 0.11, "0.1 0.102 0.104 0.106 0.108 0.11"),
        (1, 1e9, "1 100 10k 1M 100M 1e10"),
        (1e-300, 1e300, "1e-300 1e-200 1e-100 1 1e100 1e200 1e300"),
        (5e-324, 1.7e308, "1e-323 1e-200 1 1e200 1e308"),
    ],
)
def test_logarithmic_ticks_are_powers_of_ten_and_their_parts(low: float, high: float, expected: str) -> None:
    assert labels(ticks.logarithmic(low, high)) == expected


def test_a_tick_of_three_tenths_is_the_float_three_tenths() -> None:
    marks = ticks.linear(0, 0.5)

    assert [tick.value for tick in marks] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_whole_ticks_never_fall_between_two_epochs() -> None:
    marks = ticks.linear(0, 3, whole=True)

    assert [tick.value for tick in marks] == [0, 1, 2, 3]


@given(ANY, ANY)
def test_linear_ticks_cover_their_range_in_rising_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low == high:
        return

    marks = ticks.linear(low, high)

    values = [tick.value for tick in marks]
    assert values[0] <= low
    assert values[-1] >= high
    assert values == sorted(set(values))
    assert 2 <= len(values) <= 7


@given(POSITIVE, POSITIVE)
def test_logarithmic_ticks_cover_their_range_in_rising_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low == high:
        return

    marks = ticks.logarithmic(low, high)

    values = [tick.value for tick in marks]
    assert 0 < values[0] <= low
    assert values[-1] >= high
    assert values == sorted(set(values))
    assert 2 <= len(values) <= 9


@given(ANY, ANY)
def test_no_two_ticks_carry_the_same_label(one: float, other: float) -> None:
    low, high = sorted((one, other))
    if low == high:
        return

    written = [tick.label for tick in ticks.linear(low, high)]

    assert len(set(written)) == len(written)
