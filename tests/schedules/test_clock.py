"""Clocks that run late, early, slow or fast, inside one another, and to the end of time."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setpoint.errors import InvalidSchedule
from setpoint.schedules.clock import Later, Stretched
from setpoint.schedules.form import Flat, Smooth, Steps
from setpoint.schedules.joint import Joined
from setpoint.schedules.kinds import parse
from setpoint.schedules.piece import RISING
from tests.strategies import Json

LAST = 2**53 - 1
STEP: Json = {"kind": "step", "initial_lr": 1, "step_size": 1, "gamma": 0.5}
COUNTER = Smooth(lambda t: t, True, RISING)


@given(st.integers(-(10**6), 10**6), st.integers(1, 1000), st.integers(1, 1000), st.integers(0, 10**6))
def test_a_stretched_clock_shows_the_nearest_float_to_the_exact_fraction(
    offset: int, rate: int, parts: int, epoch: int
) -> None:
    form = Stretched(COUNTER, offset, rate, parts)

    assert form.value(epoch) == float(Fraction(offset + rate * epoch, parts))


@given(st.integers(-500, 500), st.integers(1, 50), st.integers(1, 50), st.integers(1, 400))
def test_a_step_of_a_stretched_clock_falls_on_the_first_epoch_that_shows_it(
    offset: int, rate: int, parts: int, milestone: int
) -> None:
    form = Stretched(Joined((0,), (Steps((0, milestone), (1.0, 0.0)),)), offset, rate, parts)
    first = max(0, ceil(Fraction(milestone * parts - offset, rate)))

    assert form.value(first) == 0.0
    if first > 0 and form.shows(first - 1) >= 0:
        assert form.value(first - 1) == 1.0


def test_clocks_within_clocks_are_exact_where_their_fractions_cancel() -> None:
    thirds = {"kind": "stretch", "rate": 1, "parts": 3, "schedule": STEP}

    tripled = parse({"kind": "stretch", "rate": 3, "parts": 1, "schedule": thirds})

    assert [tripled.lr(epoch) for epoch in range(4)] == [1.0, 0.5, 0.25, 0.125]


def test_a_shift_and_a_shift_back_cancel() -> None:
    ahead = {"kind": "shift", "offset": 2**40, "schedule": {"kind": "shift", "offset": -(2**40), "schedule": STEP}}

    assert [parse(ahead).lr(epoch) for epoch in range(4)] == [1.0, 0.5, 0.25, 0.125]


def test_restarts_in_a_sequence_on_a_stretched_clock_begin_anew_where_they_should() -> None:
    line = {"kind": "linear", "initial_lr": 1, "final_lr": 0, "epochs": 2}
    sequence = {
        "kind": "sequence",
        "schedules": [{"kind": "constant", "initial_lr": 3}, {"kind": "restarts", "schedule": line}],
        "milestones": [2],
    }

    half_speed = parse({"kind": "stretch", "rate": 1, "parts": 2, "schedule": sequence})

    assert [half_speed.lr(epoch) for epoch in range(10)] == [3, 3, 3, 3, 1, 0.75, 0.5, 0.25, 1, 0.75]


@pytest.mark.parametrize("by", [7, 10**9, 2**40])
def test_a_left_sided_milestone_keeps_its_side_however_late_its_clock_starts(by: int) -> None:
    left = {"kind": "piecewise", "milestones": [10], "values": [2, 1], "side": "left"}

    spec = parse({"kind": "sequence", "schedules": [STEP, left], "milestones": [by]})

    assert [spec.lr(by + epoch) for epoch in (0, 10, 11)] == [2.0, 2.0, 1.0]
    assert [piece.stop for piece in spec.form.pieces(by, by + 20)][-1] == by + 20


@pytest.mark.parametrize(
    ("plain", "lr"),
    [
        ({"kind": "cosine", "initial_lr": 1, "epochs": LAST}, 0.0),
        ({"kind": "cosine", "initial_lr": 1, "epochs": 3, "past_end": "continue"}, 0.75),
        ({"kind": "linear", "initial_lr": 1, "final_lr": 0.25, "epochs": LAST}, 0.25),
        ({"kind": "table", "values": [1, 2, 3, 4], "past_end": "repeat"}, 4.0),
        ({"kind": "cyclic", "min_lr": 0, "peak_lr": 1, "up_epochs": 2}, 0.5),
        ({"kind": "cosine_restarts", "initial_lr": 1, "cycle_epochs": 3}, 0.75),
        ({"kind": "multistep", "initial_lr": 1, "milestones": [LAST], "gamma": 0.5}, 0.5),
        ({"kind": "piecewise", "milestones": [LAST - 1], "values": [1, 2], "side": "left"}, 2.0),
        ({"kind": "polynomial", "initial_lr": 1, "epochs": 2, "past_end": "stretch"}, 1 / 2**53),
        ({"kind": "inverse_sqrt", "peak_lr": 1, "timescale": 1}, 1 / 2**26.5),
        ({"kind": "shift", "offset": LAST, "schedule": {"kind": "table", "values": [1, 2]}}, 2.0),
    ],
)
def test_the_last_epoch_of_all_has_its_exact_place_in_the_formula(plain: Json, lr: float) -> None:
    assert parse(plain).lr(LAST) == pytest.approx(lr, rel=1e-15)


@given(st.floats(0.0, 1e6), st.integers(0, 1000))
def test_a_piece_holds_its_time_whatever_the_rounding_of_the_start(by: float, after: int) -> None:
    form = Later(Steps((0, 0.1, 7.7), (1.0, 2.0, 3.0)), by)
    epoch = ceil(by) + after

    piece = form.piece(epoch)

    assert piece.start <= epoch < piece.stop


def test_beyond_2_to_the_53_a_stretched_clock_shows_nothing() -> None:
    form = Stretched(Flat(0.1), 0, 2**50, 1)

    assert form.value(7) == 0.1
    assert str(form.value(8)) == "nan"


def test_cycles_that_no_float_tells_apart_any_more_are_refused() -> None:
    cycles: Json = {"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 0.1}

    with pytest.raises(InvalidSchedule, match="no longer a finite number at epoch 4"):
        parse({"kind": "stretch", "rate": LAST, "parts": 3, "schedule": cycles})
