"""A policy over a schedule: how scale, floor and schedule make one learning rate."""

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.errors import InvalidRequest
from setpoint.plateau.policy import scaled
from setpoint.plateau.simulation import Planned, simulate
from tests.plateau.streams import POLICY

ANY = st.floats(allow_nan=True, allow_infinity=True)


def simulated(lr: Planned, metrics: list[float], **policy: Any) -> list[float]:
    return simulate(POLICY.validate_python(policy), lr, metrics)


def test_the_first_epoch_is_the_schedules_own() -> None:
    assert simulated([0.1], []) == [0.1]


def test_a_metric_acts_from_the_epoch_after_its_own() -> None:
    assert simulated([1.0] * 4, [1.0] * 3, patience=0, factor=0.5) == [1.0, 1.0, 0.5, 0.25]


def test_a_schedule_may_be_a_function_of_the_epoch() -> None:
    assert simulated(lambda epoch: 0.5**epoch, [3.0, 2.0, 1.0]) == [1.0, 0.5, 0.25, 0.125]


def test_the_policy_multiplies_what_the_schedule_goes_on_to_say() -> None:
    planned = [8.0, 8.0, 8.0, 4.0, 4.0, 2.0]

    lrs = simulated(planned, [1.0, 1.0, 0.5, 0.4, 0.3], patience=0, factor=0.5)

    assert lrs == [8.0, 8.0, 4.0, 2.0, 2.0, 1.0]


def test_the_floor_holds_the_policy_back_and_never_lifts_the_schedule() -> None:
    planned = [8.0, 8.0, 8.0, 1.0, 0.5, 8.0]

    lrs = simulated(planned, [1.0] * 5, patience=0, factor=0.125, min_lr=2.0)

    assert lrs == [8.0, 8.0, 2.0, 1.0, 0.5, 2.0]


def test_a_schedule_that_starts_below_the_floor_is_passed_through() -> None:
    assert simulated([1.0] * 4, [1.0] * 3, patience=0, min_lr=2.0) == [1.0] * 4


@pytest.mark.parametrize(
    ("planned", "scale", "floor", "served"),
    [
        (1.0, 0.5, 0.0, 0.5),
        (1.0, 0.5, 0.75, 0.75),
        (1.0, 0.5, 2.0, 1.0),
        (1.0, 1.0, 0.5, 1.0),
        (1.0, 0.0, 0.0, 0.0),
        (0.0, 0.5, 1.0, 0.0),
    ],
)
def test_what_is_served(planned: float, scale: float, floor: float, served: float) -> None:
    assert scaled(planned, scale, floor) == served


def test_metrics_between_the_epochs_read_and_before_the_end_of_the_warmup_do_not_count() -> None:
    metrics = [9.0, 0.1, 5.0, 0.1, 5.0, 0.1, 5.0]

    lrs = simulated([1.0] * 8, metrics, every=2, warmup_epochs=2, patience=0, factor=0.5)

    assert lrs == [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5]


def test_greedy_rises_with_what_is_better_and_falls_with_what_is_not() -> None:
    lrs = simulated([0.5] * 7, [6.0, 5.0, 5.0, 5.0, 5.0, 5.0], variant="greedy", patience=0, factor=0.5)

    assert lrs == [0.5, 1.0, 1.0, 0.5, 0.25, 0.125, 0.0625]


def test_greedy_refuses_a_schedule_that_moves() -> None:
    with pytest.raises(InvalidRequest, match=r"/schedule: .*changes at epoch 2"):
        simulated([0.1, 0.1, 0.2], [1.0, 1.0], variant="greedy")


def test_greedys_mean_stays_spoilt_by_a_nan_that_has_left_the_window() -> None:
    lrs = simulated(
        [0.5] * 5,
        [math.nan, 4.0, 3.0, 2.0],
        variant="greedy",
        smooth=True,
        window_size=1,
        patience=0,
        factor=0.5,
    )

    assert lrs == [0.5, 0.25, 0.125, 0.0625, 0.03125]


def test_greedy_starts_over_after_so_many_reductions_in_vain() -> None:
    lrs = simulated(
        [0.5] * 6,
        [math.nan] * 5,
        variant="greedy",
        patience=0,
        factor=0.5,
        min_lr=0.25,
        reset_start=3,
    )

    assert lrs == [0.5, 0.25, 0.25, 0.5, 0.25, 0.25]


def test_the_cooldown_of_a_resetting_reduction_outlives_the_reset() -> None:
    lrs = simulated(
        [0.5] * 5,
        [math.nan] * 4,
        variant="greedy",
        patience=0,
        factor=0.5,
        min_lr=0.25,
        reset_start=1,
        cooldown=2,
    )

    assert lrs == [0.5, 0.5, 0.5, 0.5, 0.5]


@given(
    variant=st.sampled_from(["torch", "keras", "paddle", "optax"]),
    patience=st.integers(0, 3),
    cooldown=st.integers(0, 3),
    metrics=st.lists(ANY, max_size=30),
    planned=st.lists(st.floats(0, 1e300), min_size=31, max_size=31),
)
def test_every_value_is_finite_not_negative_and_never_above_the_schedule(
    variant: str, patience: int, cooldown: int, metrics: list[float], planned: list[float]
) -> None:
    lrs = simulated(planned, metrics, variant=variant, patience=patience, cooldown=cooldown)

    assert len(lrs) == len(metrics) + 1
    assert all(0 <= lr <= top for lr, top in zip(lrs, planned, strict=False))


@given(metrics=st.lists(ANY, max_size=30), variant=st.sampled_from(["torch", "keras", "paddle"]))
def test_on_a_constant_schedule_a_plateau_only_ever_lowers(metrics: list[float], variant: str) -> None:
    lrs = simulated([0.1] * 31, metrics, variant=variant, patience=1, min_lr=0.004)

    assert all(after <= before for before, after in pairwise(lrs))
    assert lrs[-1] >= 0.004
