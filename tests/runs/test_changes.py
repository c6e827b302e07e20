"""The eight changes: the curve before each and after it."""

import pytest

from setpoint.errors import InvalidRequest
from tests.runs.a_run import FLAT, LINE, STEP_LR, a_run

WARM = {"kind": "warmup", "warmup_epochs": 4, "schedule": {"kind": "constant", "initial_lr": 1.0}}


COSINE = {"kind": "cosine", "initial_lr": 1.0, "epochs": 8}


def test_a_scale_multiplies_from_its_epoch_on() -> None:
    run = a_run(STEP_LR)

    receipt = run.change("scale", factor=0.5, epoch=3)

    assert run.planned(0, 12) == [0.1] * 3 + [0.05] * 2 + [0.025] * 5 + [0.0125] * 2
    assert (receipt.effective_epoch, receipt.before, receipt.after) == (3, (0.1,), (0.05,))


def test_scales_multiply_from_left_to_right() -> None:
    run = a_run({"kind": "constant", "initial_lr": 0.1})

    run.change("scale", factor=3.0)
    run.change("scale", factor=0.7)

    assert run.planned(0, 1) == [0.1 * 3.0 * 0.7]
    assert 0.1 * 3.0 * 0.7 != 0.1 * (3.0 * 0.7), "the order would not tell"


def test_scales_apply_by_epoch_and_not_by_when_they_were_asked_for() -> None:
    run = a_run(LINE)

    run.change("scale", factor=0.5, epoch=4)
    run.change("set", lr=8.0, epoch=2)

    assert run.planned(0, 6) == [1.0, 0.875, 8.0, 8.0, 4.0, 4.0]


def test_a_set_pins_the_value_whatever_the_schedule_does() -> None:
    run = a_run(LINE)

    run.change("set", lr=0.3, epoch=2)

    assert run.planned(0, 12) == [1.0, 0.875] + [0.3] * 10


def test_a_set_after_a_scale_gives_exactly_the_set_value() -> None:
    run = a_run(LINE)

    run.change("scale", factor=0.5, epoch=1)
    run.change("set", lr=0.3, epoch=2)

    assert run.planned(0, 4) == [1.0, 0.4375, 0.3, 0.3]


def test_a_later_scale_multiplies_what_is_set() -> None:
    run = a_run(LINE)

    run.change("set", lr=0.5, epoch=2)
    run.change("scale", factor=0.5, epoch=3)

    assert run.planned(0, 5) == [1.0, 0.875, 0.5, 0.25, 0.25]


def test_a_release_after_a_set_and_scales_leaves_all_factors_on_the_schedule() -> None:
    run = a_run(LINE)

    run.change("scale", factor=0.5, epoch=1)
    run.change("set", lr=9.0, epoch=2)
    run.change("scale", factor=2.0, epoch=3)
    run.change("release", epoch=4)

    assert run.planned(0, 8) == [1.0, 0.4375, 9.0, 18.0, 0.5, 0.375, 0.25, 0.125]


def test_the_clock_runs_on_beneath_a_set() -> None:
    run = a_run(LINE)

    run.change("set", lr=9.0, epoch=2)
    run.change("release", epoch=6)

    assert run.planned(5, 8) == [9.0, 0.25, 0.125]


def test_a_hold_stops_the_clock() -> None:
    run = a_run(LINE)

    run.change("hold", epoch=3)

    assert run.planned(0, 7) == [1.0, 0.875, 0.75, 0.625, 0.625, 0.625, 0.625]


def test_a_release_goes_on_from_where_the_clock_stood() -> None:
    run = a_run(LINE)

    run.change("hold", epoch=3)
    run.change("release", epoch=5)

    assert run.planned(0, 11) == [1.0, 0.875, 0.75, 0.625, 0.625, 0.625, 0.5, 0.375, 0.25, 0.125, 0.0]


def test_a_hold_inside_a_warm_up_holds_its_level() -> None:
    run = a_run(WARM)

    run.change("hold", epoch=2)
    run.change("release", epoch=4)

    assert run.planned(0, 8) == [0.0, 0.25, 0.5, 0.5, 0.5, 0.75, 1.0, 1.0]


def test_a_second_hold_changes_nothing() -> None:
    run = a_run(LINE)

    run.change("hold", epoch=3)
    receipt = run.change("hold", epoch=5)

    assert receipt.before == receipt.after == (0.625,)
    assert run.planned(2, 7) == [0.75, 0.625, 0.625, 0.625, 0.625]


def test_a_scale_acts_during_a_hold() -> None:
    run = a_run(LINE)

    run.change("hold", epoch=4)
    run.change("scale", factor=0.5, epoch=6)

    assert run.planned(3, 8) == [0.625, 0.5, 0.5, 0.25, 0.25]


def test_a_replacement_starts_at_its_own_epoch_0_and_clears_factors() -> None:
    run = a_run(STEP_LR)

    run.change("scale", factor=0.5)
    run.change("replace", schedule=LINE, epoch=3)

    assert run.planned(0, 6) == [0.05, 0.05, 0.05, 1.0, 0.875, 0.75]


def test_a_replacement_during_a_hold_runs() -> None:
    run = a_run(STEP_LR)

    run.change("hold", epoch=1)
    run.change("replace", schedule=LINE, epoch=3)

    assert run.planned(2, 6) == [0.1, 1.0, 0.875, 0.75]


def test_a_replacement_ends_a_pin() -> None:
    run = a_run(STEP_LR)

    run.change("set", lr=9.0)
    run.change("replace", schedule=LINE, epoch=2)

    assert run.planned(0, 4) == [9.0, 9.0, 1.0, 0.875]


def test_a_scale_after_a_replacement_multiplies_the_new_schedule() -> None:
    run = a_run(STEP_LR)

    run.change("replace", schedule=LINE, epoch=2)
    run.change("scale", factor=2.0, epoch=3)

    assert run.planned(2, 5) == [1.0, 1.75, 1.5]


def test_a_decay_goes_from_the_planned_value_to_its_end_and_stays_there() -> None:
    run = a_run(FLAT)

    run.change("decay", epochs=4, final_lr=0.5, epoch=2)

    assert run.planned(0, 9) == [1.0, 1.0, 1.0, 0.875, 0.75, 0.625, 0.5, 0.5, 0.5]


def test_a_decay_on_top_of_a_scale_starts_where_the_scale_has_brought_it_and_ends_where_it_says() -> None:
    run = a_run(FLAT)

    run.change("scale", factor=0.5)
    receipt = run.change("decay", epochs=4, final_lr=0.0, epoch=2)

    assert run.planned(0, 8) == [0.5, 0.5, 0.5, 0.375, 0.25, 0.125, 0.0, 0.0]
    assert receipt.before == receipt.after == (0.5,)


def test_a_decay_takes_the_shapes_of_a_ramp() -> None:
    run = a_run(FLAT)

    run.change("decay", epochs=2, final_lr=0.25, shape="geometric")

    assert run.planned(0, 4) == [1.0, 0.5, 0.25, 0.25]


def test_a_geometric_decay_to_0_is_refused() -> None:
    run = a_run(FLAT)

    with pytest.raises(InvalidRequest, match="geometric") as refusal:
        run.change("decay", epochs=2, final_lr=0.0, shape="geometric")

    assert refusal.value.faults[0].pointer == "/shape"


def test_a_decay_out_of_a_hold_goes_all_the_way() -> None:
    run = a_run(LINE)

    run.change("hold", epoch=4)
    run.change("decay", epochs=2, final_lr=0.25, epoch=6)

    assert run.planned(4, 10) == [0.5, 0.5, 0.5, 0.375, 0.25, 0.25]


def test_an_extension_ends_so_many_epochs_later_without_a_jump() -> None:
    run = a_run(LINE)

    receipt = run.change("extend", epochs=4, epoch=4)

    assert run.planned(0, 14) == [
        1.0, 0.875, 0.75, 0.625, 0.5, 0.4375, 0.375, 0.3125, 0.25, 0.1875, 0.125, 0.0625, 0.0, 0.0,
    ]  # fmt: skip
    assert receipt.before == receipt.after == (0.5,)


def test_an_extended_cosine_reaches_its_end_so_many_epochs_later() -> None:
    run = a_run(COSINE)

    receipt = run.change("extend", epochs=4, epoch=4)

    assert receipt.before == receipt.after == (0.5,)
    assert run.planned(8, 9)[0] > 0.1
    assert run.planned(11, 14) == [run.planned(11, 12)[0], 0.0, 0.0]
    assert run.planned(11, 12)[0] > 0.0


def test_an_extension_of_an_extension_adds_up() -> None:
    run = a_run(LINE)

    run.change("extend", epochs=4, epoch=4)
    run.change("extend", epochs=8, epoch=8)

    assert run.planned(8, 9) == [0.25]
    assert run.planned(19, 22) == [pytest.approx(0.25 / 12), 0.0, 0.0]


def test_an_extension_during_a_hold_counts_from_the_release() -> None:
    run = a_run(LINE)

    run.change("hold", epoch=4)
    run.change("extend", epochs=4, epoch=5)
    run.change("release", epoch=6)

    assert run.planned(3, 9) == [0.625, 0.5, 0.5, 0.5, 0.4375, 0.375]
    assert run.planned(13, 15) == [0.0625, 0.0]


def test_what_has_no_end_can_not_be_extended() -> None:
    run = a_run(FLAT)

    with pytest.raises(InvalidRequest, match="has none"):
        run.change("extend", epochs=4)


def test_what_is_over_can_not_be_extended() -> None:
    run = a_run(LINE, frontier=9)

    with pytest.raises(InvalidRequest, match="too late"):
        run.change("extend", epochs=4)


def test_a_clock_that_would_be_too_fine_to_be_exact_is_refused() -> None:
    run = a_run({"kind": "linear", "initial_lr": 1.0, "final_lr": 0.0, "epochs": 10**9 + 7})

    with pytest.raises(InvalidRequest, match="too fine"):
        run.change("extend", epochs=10**9 + 9, epoch=10**6 + 3)
