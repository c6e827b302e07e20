"""Where the libraries differ, and the edges of each."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from setpoint.plateau.policy import Plateau, State
from setpoint.plateau.simulation import simulate
from setpoint.plateau.single import single
from tests.plateau.streams import POLICY

NAN, INF = math.nan, math.inf


def a_policy(**given: Any) -> Plateau:
    policy = POLICY.validate_python({"factor": 0.5, **given})
    assert isinstance(policy, Plateau)
    return policy


def cuts(metrics: Sequence[float], **given: Any) -> list[int]:
    """The epochs whose metric led to a reduction, from 1.0, which halves exactly."""
    lrs = simulate(a_policy(**given), [1.0] * (len(metrics) + 1), metrics)
    return [epoch for epoch, (lr, after) in enumerate(pairwise(lrs)) if after < lr]


@pytest.mark.parametrize(
    ("variant", "epochs"),
    [("torch", [3, 6, 9]), ("paddle", [3, 6, 9]), ("keras", [2, 4, 6, 8]), ("optax", [2, 4, 6, 8])],
)
def test_patience_two_acts_on_the_third_bad_metric_or_on_the_second(variant: str, epochs: list[int]) -> None:
    assert cuts([1.0] * 10, variant=variant, patience=2) == epochs


@pytest.mark.parametrize(
    ("variant", "epochs"),
    [("torch", [2, 6, 10]), ("paddle", [2, 6, 10]), ("keras", [1, 3, 5, 7, 9, 11]), ("optax", [1, 4, 7, 10])],
)
def test_a_cooldown_of_two_hides_two_metrics_and_kerass_one(variant: str, epochs: list[int]) -> None:
    assert cuts([1.0] * 12, variant=variant, patience=1, cooldown=2) == epochs


def test_torch_keeps_the_best_up_to_date_in_a_cooldown_and_paddle_does_not() -> None:
    metrics = [1.0, 1.0, 0.5, 0.6, 0.7, 0.8, 0.9]

    assert cuts(metrics, variant="torch", patience=0, cooldown=1) == [1, 3, 5]
    assert cuts(metrics, variant="paddle", patience=0, cooldown=1) == [1, 4, 6]


@pytest.mark.parametrize(("variant", "epochs"), [("torch", [3]), ("optax", [0, 2, 3])])
def test_a_first_nan_is_one_bad_metric_to_torch_and_optax(variant: str, epochs: list[int]) -> None:
    assert cuts([NAN, 1.0, NAN, NAN, 0.9], variant=variant, patience=1) == epochs


@pytest.mark.parametrize(("variant", "epochs"), [("keras", [1, 2, 3, 4]), ("paddle", [2, 4])])
def test_after_a_first_nan_nothing_is_ever_better_to_keras_and_paddle(variant: str, epochs: list[int]) -> None:
    assert cuts([NAN, 4.0, 3.0, 2.0, 1.0], variant=variant, patience=1) == epochs


@pytest.mark.parametrize("variant", ["torch", "paddle", "keras", "optax"])
def test_a_later_nan_is_bad_and_the_best_outlives_it(variant: str) -> None:
    policy = a_policy(variant=variant, patience=9)
    state = policy.start()

    for metric in (1.0, NAN, NAN):
        state = policy.step(state, metric, [1.0])

    assert (state.best, state.bad) == (1.0, 2)
    assert policy.step(state, 0.5, [1.0]).bad == 0


def test_a_first_infinity_stops_paddle_in_rel_mode_only() -> None:
    better = [INF, 3.0, 2.0, 1.0]

    assert cuts(better, variant="paddle", patience=0) == [1, 2, 3]
    assert cuts(better, variant="paddle", patience=0, threshold_mode="abs") == []
    assert cuts(better, variant="torch", patience=0) == [0]


@pytest.mark.parametrize("variant", ["torch", "paddle"])
def test_exactly_at_the_bar_is_not_better(variant: str) -> None:
    at, beyond = [1.0, 0.75], [1.0, 0.7499]

    assert cuts(at, variant=variant, patience=0, threshold=0.25) == [1]
    assert cuts(beyond, variant=variant, patience=0, threshold=0.25) == []
    assert cuts(at, variant=variant, patience=0, threshold=0.25, threshold_mode="abs") == [1]


def test_a_relative_bar_is_looser_for_negative_metrics() -> None:
    assert cuts([-1.0, -0.95], variant="torch", patience=0, threshold=0.1) == []
    assert cuts([-1.0, -0.85], variant="torch", patience=0, threshold=0.1) == [1]


def test_more_is_better_in_max_mode() -> None:
    for variant in ("torch", "paddle", "keras"):
        assert cuts([1.0, 2.0, 1.5, 3.0], variant=variant, mode="max", patience=0) == [2]


def test_a_change_of_no_more_than_eps_is_left_out_and_the_count_starts_anew() -> None:
    policy = a_policy(patience=0, eps=0.25)

    assert simulate(policy, [1.0] * 4, [1.0, 1.0, 1.0]) == [1.0, 1.0, 0.5, 0.5]
    assert policy.step(State(1.0, 0, 0, (0.5,)), 1.0, [1.0]) == State(1.0, 0, 0, (0.5,))


def test_at_the_floor_keras_begins_no_cooldown_and_torch_does() -> None:
    at_the_floor = State(1.0, 1, 0, (0.25,))

    keras = a_policy(variant="keras", patience=2, cooldown=3, min_lr=0.25)
    torch = a_policy(variant="torch", patience=1, cooldown=3, min_lr=0.25)

    assert keras.step(at_the_floor, 1.0, [1.0]) == State(1.0, 2, 0, (0.25,))
    assert torch.step(at_the_floor, 1.0, [1.0]) == State(1.0, 0, 3, (0.25,))


def test_keras_compares_in_float32() -> None:
    assert cuts([1.0, 1.0 - 1e-8], variant="keras", patience=0, min_delta=0) == [1]
    assert cuts([1.0, 1.0 - 1e-7], variant="keras", patience=0, min_delta=0) == []


def test_kerass_patience_zero_is_one() -> None:
    assert cuts([1.0] * 4, variant="keras", patience=0) == [1, 2, 3]
    assert cuts([1.0] * 4, variant="keras", patience=1) == [1, 2, 3]


def test_optaxs_patience_zero_reduces_at_what_is_better() -> None:
    assert cuts([1.0, 1.0, 0.5, 0.6], variant="optax", patience=0) == [0, 2]


def test_optax_looks_at_the_mean_of_each_batch_of_metrics() -> None:
    metrics = [1.0, 3.0, 9.0, 1.0, 1.0, 2.0]

    assert cuts(metrics, variant="optax", patience=1, accumulation_size=2) == [3]


def test_a_nan_spoils_optaxs_mean_and_no_later_one() -> None:
    metrics = [NAN, 1.0, 2.0, 2.0, 1.0, 1.0]

    assert cuts(metrics, variant="optax", patience=1, accumulation_size=2) == [1]


def test_optaxs_floor_is_one_of_the_scale() -> None:
    policy = a_policy(variant="optax", patience=1, min_scale=0.3)

    assert simulate(policy, [8.0] * 5, [1.0] * 4) == [8.0, 8.0, 4.0, 2.4, 2.4]


def test_optaxs_relative_and_absolute_tolerances_add_up() -> None:
    given = {"variant": "optax", "patience": 1, "rtol": 0.25, "atol": 0.25}

    assert cuts([2.0, 1.25], **given) == [1]
    assert cuts([2.0, 1.2], **given) == []


def test_optaxs_bar_is_rounded_once_as_its_compiler_does() -> None:
    # The bar is 0.9996500015258789; rounded after the product as well it would be 0.9996499419212341.
    given = {"variant": "optax", "patience": 1, "rtol": 1e-4, "atol": 1e-4}

    assert cuts([0.99985, 0.9996499419212341], **given) == []
    assert cuts([0.99985, 0.9996500015258789], **given) == [1]


@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        (0.1, 0.10000000149011612),
        (1.0 + 2**-24, 1.0),
        (1.0 + 3 * 2**-24, 1.0 + 2**-22),
        (1e39, INF),
        (-1e39, -INF),
        (-INF, -INF),
        (1e-46, 0.0),
    ],
)
def test_single_rounds_to_the_nearest_float32(value: float, nearest: float) -> None:
    assert single(value) == nearest


def test_single_leaves_nan_nan() -> None:
    assert math.isnan(single(NAN))
