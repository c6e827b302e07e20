"""The mathematics under every curve: exact where it says so, and the same one by one and all at once."""

import math
from decimal import Decimal, getcontext
from functools import partial
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from setpoint.schedules.kernel import clip, grown, half_wave, lerp, power

getcontext().prec = 50
PI = Decimal("3.14159265358979323846264338327950288419716939937511")
RATES = st.floats(0.0, 1e300)
SHARES = st.floats(0.0, 1.0)


def many(function: object, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return cast(NDArray[np.float64], cast(Any, function)(values))


def neighbours(centre: float, count: int = 100_000) -> NDArray[np.float64]:
    """The float64s around `centre`, one after another."""
    bits = np.array([centre]).view(np.int64)[0]
    return (np.arange(-count, count, dtype=np.int64) + int(bits)).view(np.float64)


def true_half_wave(u: float) -> Decimal:
    """`(1 + cos(pi u)) / 2` by the cosine's series, to 40 digits."""
    x = PI * Decimal(u)
    term, total, n = Decimal(1), Decimal(1), 0
    while abs(term) > Decimal("1e-45"):
        n += 2
        term *= -x * x / (n * (n - 1))
        total += term
    return (1 + total) / 2


@pytest.mark.parametrize(("u", "wave"), [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)])
def test_half_a_wave_is_exact_at_its_ends_and_in_its_middle(u: float, wave: float) -> None:
    assert half_wave(u) == wave


def test_half_a_wave_is_within_3e_16_of_the_truth() -> None:
    points = [*np.linspace(0.0, 1.0, 1001).tolist(), *np.random.default_rng(7).random(1000).tolist(), 5e-324, 1e-9]

    worst = max(abs(Decimal(half_wave(u)) - true_half_wave(u)) for u in points)

    assert worst < Decimal("3e-16")


def test_half_a_wave_stays_between_0_and_1() -> None:
    waves = many(half_wave, np.random.default_rng(8).random(1_000_000))

    assert waves.min() >= 0.0
    assert waves.max() <= 1.0


@pytest.mark.parametrize("centre", [1e-300, 1e-9, 0.001, 0.1, 0.25, 1 / 3, 0.4999999, 0.5, 0.5000001, 0.75, 0.999])
def test_half_a_wave_never_rises_from_one_float_to_the_next(centre: float) -> None:
    waves = many(half_wave, neighbours(centre))

    assert (np.diff(waves) <= 0.0).all()


@pytest.mark.parametrize("epochs", [90, 1000, 1_000_003])
def test_half_a_wave_never_rises_over_an_evenly_spaced_schedule(epochs: int) -> None:
    waves = many(half_wave, np.arange(epochs + 1) / epochs)

    assert (np.diff(waves) <= 0.0).all()


def test_half_a_wave_has_the_same_bits_one_by_one_and_all_at_once() -> None:
    points = np.random.default_rng(9).random(1_000_000)

    assert many(half_wave, points).tolist() == [half_wave(u) for u in points.tolist()]


@given(RATES, RATES)
def test_a_line_is_exact_at_both_ends(start: float, final: float) -> None:
    line = lerp(start, final)

    assert (line(0.0), line(1.0)) == (start, final)


@given(RATES, RATES, SHARES)
def test_a_line_is_never_outside_its_ends(start: float, final: float, share: float) -> None:
    assert min(start, final) <= lerp(start, final)(share) <= max(start, final)


@given(RATES, RATES, SHARES, SHARES)
def test_a_line_never_turns(start: float, final: float, one: float, other: float) -> None:
    line = lerp(start, final)

    earlier, later = line(min(one, other)), line(max(one, other))

    assert earlier <= later if start <= final else earlier >= later


@given(st.floats(1e-9, 10.0), st.integers(-1000, 1000))
def test_a_line_never_turns_in_its_middle_where_its_two_halves_meet(start: float, ulps: int) -> None:
    final = start + ulps * math.ulp(start)

    values = many(lerp(start, final), neighbours(0.5, 50))

    steps = np.diff(values)
    assert (steps >= 0.0).all() if start <= final else (steps <= 0.0).all()


@given(RATES, RATES, st.lists(SHARES, min_size=1))
def test_a_line_has_the_same_bits_one_by_one_and_all_at_once(start: float, final: float, shares: list[float]) -> None:
    line = lerp(start, final)

    assert many(line, np.array(shares)).tolist() == [line(share) for share in shares]


@pytest.mark.parametrize(("value", "clipped"), [(-math.inf, 0.1), (0.05, 0.1), (0.2, 0.2), (0.7, 0.5), (math.inf, 0.5)])
def test_clipping_brings_in_infinities_too(value: float, clipped: float) -> None:
    assert clip(value, 0.1, 0.5) == clipped
    assert many(partial(clip, low=0.1, high=0.5), np.array([value])).tolist() == [clipped]


@pytest.mark.parametrize(
    ("base", "exponent", "result"),
    [(0.5, 3.0, 0.125), (0.0, 0.0, 1.0), (0.0, 2.0, 0.0), (0.0, -1.0, math.inf), (10.0, 400.0, math.inf)],
)
def test_a_power_that_overflows_or_divides_by_zero_is_infinite(base: float, exponent: float, result: float) -> None:
    assert power(base, exponent) == result


def test_a_fraction_of_a_negative_base_is_no_number() -> None:
    assert math.isnan(power(-1.0, 0.5))


def test_growth_keeps_its_digits_where_the_ratio_is_hardly_above_1() -> None:
    assert grown(1.0 + 2.0**-52, 0.5) == pytest.approx(2.0**-53, rel=1e-15)


def test_growth_that_overflows_is_infinite() -> None:
    assert grown(10.0, 400.0) == math.inf
