"""Which epochs stand for the others."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.curves.thinning import sample
from setpoint.schedules.kinds import parse
from tests.curves.forms import a_form, the_seed
from tests.strategies import schedules


@settings(deadline=None)
@given(
    spec=schedules(),
    start=st.integers(0, 3000),
    length=st.integers(1, 10**6),
    points=st.integers(4, 300),
)
def test_a_sample_ascends_from_the_first_to_the_last_epoch_and_is_small(
    spec: dict[str, Any], start: int, length: int, points: int
) -> None:
    epochs = sample(parse(spec).form, start, start + length, points)

    assert epochs == sorted(set(epochs))
    assert (epochs[0], epochs[-1]) == (start, start + length - 1)
    assert len(epochs) <= points


def test_few_epochs_are_all_shown() -> None:
    assert sample(the_seed(), 3, 9, 10) == [3, 4, 5, 6, 7, 8]


def test_no_epoch_is_an_empty_sample() -> None:
    assert sample(the_seed(), 5, 5, 10) == []


def test_a_staircase_is_shown_by_both_sides_of_each_jump() -> None:
    assert sample(the_seed(), 3, 17, 12) == [3, 4, 5, 9, 10, 14, 15, 16]


def test_treads_are_counted_from_where_the_staircase_begins() -> None:
    drops = {"kind": "step", "initial_lr": 0.1, "step_size": 50}
    warm = a_form("warmup", warmup_epochs=8, schedule=drops, shape="linear", warmup_initial_lr=0.1)

    assert sample(warm, 0, 120, 20) == [0, 7, 8, 57, 58, 107, 108, 119]


def test_milestones_are_shown_by_both_sides() -> None:
    steps = a_form("multistep", initial_lr=0.1, milestones=[30, 80_000])

    assert sample(steps, 0, 100_000, 50) == [0, 29, 30, 79_999, 80_000, 99_999]


def test_what_bends_is_sampled_evenly_and_a_level_by_its_ends() -> None:
    ramp = a_form("linear", initial_lr=0.1, final_lr=0.01, epochs=100)

    assert sample(ramp, 0, 100_000, 14) == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99, 100, 99_999]


def test_a_tread_of_a_single_epoch_is_shown_once() -> None:
    table = a_form("table", values=[0.3, 0.1, 0.2])

    assert sample(table, 0, 1000, 20) == [0, 1, 2, 999]


def test_the_top_of_a_piece_that_turns_is_shown() -> None:
    rise = {"kind": "linear", "initial_lr": 0, "final_lr": 0.1, "epochs": 128}
    fall = {"kind": "linear", "initial_lr": 1, "final_lr": 0, "epochs": 100}

    assert 50 in sample(a_form("product", schedules=[rise, fall]), 0, 100, 8)


@pytest.mark.parametrize("points", [40, 100, 400])
def test_too_many_breakpoints_leave_the_extremes_of_each_stretch(points: int) -> None:
    saw = [(7919 * i % 1009 + 1) / 1009 for i in range(5000)]
    table = a_form("table", values=saw)

    epochs = sample(table, 0, 5000, points)

    stretches = [range(5000 * i // (points // 4), 5000 * (i + 1) // (points // 4)) for i in range(points // 4)]
    for stretch in stretches:
        seen = stretch[: 4096 // (points // 4)]
        shown = [saw[epoch] for epoch in epochs if epoch in stretch]
        assert min(shown) <= min(saw[epoch] for epoch in seen)
        assert max(shown) >= max(saw[epoch] for epoch in seen)
        assert {stretch[0], stretch[-1]} <= set(epochs)


def test_a_staircase_too_fine_to_show_keeps_its_first_and_last_level_in_each_stretch() -> None:
    fine = a_form("step", initial_lr=0.1, step_size=5, gamma=0.999)

    assert sample(fine, 0, 10_000, 8) == [0, 4999, 5000, 9999]


def test_a_billion_epochs_are_sampled_without_walking_them() -> None:
    table = a_form("table", values=[0.1, 0.3, 0.2], past_end="repeat")

    epochs = sample(table, 0, 10**9, 40)

    assert {table.value(epoch) for epoch in epochs} >= {0.1, 0.3}


def test_a_form_of_hundreds_of_members_is_sampled_coarsely() -> None:
    halves = {"kind": "exponential", "initial_lr": 1, "gamma": 0.9999}
    product = a_form("product", schedules=[halves] * 800)

    assert 30 <= len(sample(product, 0, 10_000, 2000)) <= 64
