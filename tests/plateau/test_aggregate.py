"""Several reports as one metric."""

import math
from itertools import permutations

import pytest

from setpoint.plateau.aggregate import Aggregate, aggregate

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("how", "values", "weights", "metric"),
    [
        ("mean", [1.0, 2.0, 6.0], [1, 1, 1], 3.0),
        ("mean", [1.0, 2.0], [3, 1], 1.25),
        ("mean", [0.7], [0.1], 0.7),
        ("mean", [0.1] * 10, [1] * 10, 0.1),
        ("mean", [1e308, 1e308], [1, 1], 1e308),
        ("mean", [1e308, -1e308, 3.0], [1, 1, 1], 1.0),
        ("mean", [1.0, INF], [5, 1], INF),
        ("mean", [-INF, 1.0], [1, 1], -INF),
        ("min", [3.0, -1.0, 2.0], [1, 9, 1], -1.0),
        ("max", [3.0, -1.0, 2.0], [1, 9, 1], 3.0),
        ("min", [INF, -INF], [1, 1], -INF),
        ("max", [INF, -INF], [1, 1], INF),
    ],
)
def test_weights_concern_the_mean_alone(
    how: Aggregate, values: list[float], weights: list[float], metric: float
) -> None:
    assert aggregate(values, weights, how) == metric


@pytest.mark.parametrize("how", ["mean", "min", "max"])
@pytest.mark.parametrize("values", [[NAN], [NAN, 1.0], [1.0, NAN], [INF, NAN, 0.0]])
def test_one_nan_makes_the_aggregate_nan(how: Aggregate, values: list[float]) -> None:
    assert math.isnan(aggregate(values, [1.0] * len(values), how))


def test_infinities_of_both_signs_have_no_mean() -> None:
    assert math.isnan(aggregate([INF, -INF], [1, 1], "mean"))


def test_the_order_of_the_reports_does_not_move_the_last_bit() -> None:
    reports = [(0.1, 1.0), (1e16, 0.3), (-1e16, 0.3), (0.7, 2.0)]

    means = {aggregate([v for v, _ in order], [w for _, w in order], "mean") for order in permutations(reports)}

    assert means == {1.5 / 3.6}


@pytest.mark.parametrize(("values", "weights"), [([], []), ([1.0], []), ([1.0], [1.0, 1.0])])
def test_a_weight_for_each_value_and_one_of_each(values: list[float], weights: list[float]) -> None:
    with pytest.raises(ValueError, match="as many weights as values"):
        aggregate(values, weights, "mean")
