"""A run as one static schedule: the very same bits at every epoch from its start on."""

import struct
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setpoint.errors import NotBakeable, Refused
from setpoint.runs.baking import baked
from setpoint.runs.history import history, shown_until
from setpoint.schedules.kinds import parse
from tests.runs.a_run import FLAT, LINE, STEP_LR, Story, a_run
from tests.runs.test_reference import DICE, an_operation
from tests.strategies import schedules


def bits(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}d", *values)


def column_of(run: Story, column: int, stop: int) -> list[float]:
    start, frontier = run.now.settings.start_epoch, run.frontier
    return run.sealed(start, min(frontier, stop), column) + run.planned(frontier, stop, column)


def test_a_run_that_was_never_changed_is_its_schedule() -> None:
    assert baked(a_run(STEP_LR).attempt) == {"schedule": STEP_LR, "groups": {}, "hyperparameters": {}}


def test_what_is_sealed_is_written_down_as_steps() -> None:
    run = a_run(FLAT, frontier=3)
    run.change("scale", factor=0.5)
    run.seal(5)

    assert baked(run.attempt)["schedule"]["schedules"][0] == {
        "kind": "piecewise",
        "milestones": [3],
        "values": [1.0, 0.5],
        "side": "right",
    }


def test_what_is_sealed_and_moves_is_written_down_value_by_value() -> None:
    run = a_run(LINE, frontier=4)

    assert baked(run.attempt)["schedule"]["schedules"][0] == {
        "kind": "table",
        "values": [1.0, 0.875, 0.75, 0.625],
        "past_end": "hold",
    }


def test_groups_and_hyperparameters_are_baked_by_name() -> None:
    run = a_run(FLAT, groups={"head": LINE}, hyperparameters={"momentum": 0.9}, frontier=1)

    one = baked(run.attempt)

    assert parse(one["groups"]["head"]).lr(1) == 0.875
    assert parse(one["hyperparameters"]["momentum"]).lr(1) == 0.9


def test_an_old_attempt_can_be_baked_too() -> None:
    run = a_run(FLAT, frontier=4)
    run.roll_back(2, changes=[{"op": "set", "lr": 9.0}])

    spec = parse(baked(run.now.attempts[0])["schedule"])

    assert [spec.lr(epoch) for epoch in range(6)] == [1.0] * 6


def test_more_sealed_epochs_than_a_table_may_have_are_not_bakeable() -> None:
    run = a_run(FLAT, max_lookahead=32_767)
    for epoch in (0, 32_768, 65_536):
        run.check_in(epoch, lookahead=32_767)

    with pytest.raises(NotBakeable, match="more than a table may have"):
        baked(run.attempt)


def test_what_would_not_fit_into_a_request_is_not_bakeable() -> None:
    run = a_run({"kind": "cosine", "initial_lr": 0.3, "epochs": 20_000}, max_lookahead=20_000)
    run.check_in(0, lookahead=19_000)

    with pytest.raises(NotBakeable, match="250000 bytes"):
        baked(run.attempt)


def test_what_would_be_nested_too_deep_is_not_bakeable() -> None:
    deep: dict[str, Any] = LINE
    for _ in range(13):
        deep = {"kind": "scale", "schedule": deep, "factor": 1.0}
    run = a_run(deep, frontier=1)
    run.change("hold", epoch=3)
    run.change("release", epoch=5)

    with pytest.raises(NotBakeable, match="intricate"):
        baked(run.attempt)


@settings(max_examples=150, deadline=None)
@given(
    schedule=st.one_of(schedules(max_depth=2), st.just(LINE)),
    head=st.sampled_from([FLAT, LINE, STEP_LR]),
    start=st.sampled_from([0, 0, 3]),
    acts=st.lists(
        st.tuples(
            DICE.map(Random).map(an_operation),
            st.integers(0, 6),
            st.integers(0, 3),
            st.integers(0, 9),
            st.sampled_from(["values", "changes"]),
        ),
        max_size=7,
    ),
)
def test_whatever_was_done_to_a_run_its_one_schedule_has_the_same_bits(
    schedule: Any, head: Any, start: int, acts: list[tuple[Any, int, int, int, Any]]
) -> None:
    run = a_run(schedule, groups={"head": head}, hyperparameters={"momentum": LINE}, start_epoch=start)
    for change, ahead, sealed, back, keep in acts:
        try:
            run.change(**change, epoch=run.frontier + ahead)
            run.seal(run.frontier + sealed)
            if back > 6:
                run.roll_back(max(run.frontier - back + 5, start), keep=keep)
        except Refused:
            continue  # whatever can't be done need not be baked

    try:
        one = baked(run.attempt)
    except NotBakeable:
        return

    for column, plain in enumerate((one["schedule"], one["groups"]["head"], one["hyperparameters"]["momentum"])):
        spec = parse(plain)
        assert bits([spec.lr(epoch) for epoch in range(start, 80)]) == bits(column_of(run, column, 80))


# What a curve is drawn from


def test_a_history_is_sealed_as_far_as_it_goes_and_planned_from_there() -> None:
    run = a_run(LINE, frontier=3)
    run.change("set", lr=9.0)

    form = history(run.attempt, 0)

    assert [form.value(epoch) for epoch in range(5)] == [1.0, 0.875, 0.75, 9.0, 9.0]
    assert [(piece.start, piece.stop) for piece in form.pieces(0, 5)] == [(0, 1), (1, 2), (2, 3), (3, 5)]


def test_before_its_start_a_history_is_the_plan() -> None:
    run = a_run(LINE, start_epoch=4, frontier=6)

    form = history(run.attempt, 0)

    assert [form.value(epoch) for epoch in range(2, 8)] == [0.75, 0.625, 0.5, 0.375, 0.25, 0.125]
    assert form.piece(2).stop == 4


@pytest.mark.parametrize(
    ("schedule", "frontier", "stop"),
    [(LINE, 0, 8), (LINE, 12, 12), (FLAT, 3, 103), (FLAT, 500, 1000)],
)
def test_a_picture_ends_with_the_plan_or_some_way_past_the_frontier(schedule: Any, frontier: int, stop: int) -> None:
    run = a_run(schedule, frontier=frontier)

    assert shown_until(run.attempt) == stop


@pytest.mark.parametrize(
    ("op", "fields", "stop"), [("hold", {}, 300), ("set", {"lr": 0.5}, 300), ("hold", {"epoch": 310}, 310)]
)
def test_a_picture_of_a_plan_at_rest_goes_on_to_where_its_schedule_ends(
    op: str, fields: dict[str, Any], stop: int
) -> None:
    run = a_run({"kind": "cosine", "initial_lr": 1, "epochs": 300}, frontier=5)

    run.change(op, **fields)

    assert shown_until(run.attempt) == stop


def test_a_picture_of_a_plan_at_rest_without_an_end_goes_some_way_past_the_frontier() -> None:
    run = a_run(FLAT, frontier=200)
    run.change("hold")

    assert shown_until(run.attempt) == 400
