"""Changes of groups, and of what goes with them."""

import pytest

from setpoint.errors import InvalidRequest
from tests.runs.a_run import FLAT, LINE, STEP_LR, a_run


def test_a_change_of_one_group_leaves_the_others_alone() -> None:
    run = a_run(LINE, groups={"head": LINE, "tail": LINE})

    receipt = run.change("scale", factor=0.5, groups=["head"])

    assert [run.planned(0, 2, column) for column in range(3)] == [[1.0, 0.875], [0.5, 0.4375], [1.0, 0.875]]
    assert (receipt.before, receipt.after) == ((1.0, 1.0, 1.0), (1.0, 0.5, 1.0))


def test_a_change_of_lr_alone_leaves_the_groups_alone() -> None:
    run = a_run(LINE, groups={"head": LINE})

    run.change("set", lr=0.3, groups=["lr"])

    assert [run.planned(0, 2, column) for column in range(2)] == [[0.3, 0.3], [1.0, 0.875]]


def test_a_change_without_groups_is_of_lr_and_all_groups() -> None:
    run = a_run(LINE, groups={"head": FLAT})

    run.change("scale", factor=0.5)

    assert [run.planned(0, 2, column) for column in range(2)] == [[0.5, 0.4375], [0.5, 0.5]]


def test_a_change_of_a_group_that_is_not_there_is_refused() -> None:
    run = a_run(LINE, groups={"head": FLAT})

    with pytest.raises(InvalidRequest, match="'tail' is none of lr, head"):
        run.change("scale", factor=0.5, groups=["tail"])


def test_scales_and_pins_leave_the_hyperparameters_alone() -> None:
    run = a_run(LINE, hyperparameters={"momentum": LINE})

    run.change("scale", factor=0.5)
    run.change("set", lr=0.3)
    run.change("decay", epochs=3, final_lr=0.0)

    assert run.planned(0, 3, 1) == [1.0, 0.875, 0.75]


def test_hold_and_release_act_on_the_hyperparameters_clock() -> None:
    run = a_run(STEP_LR, hyperparameters={"momentum": LINE})

    run.change("hold", epoch=2)
    run.change("release", epoch=4)

    assert run.planned(0, 6, 1) == [1.0, 0.875, 0.75, 0.75, 0.75, 0.625]


def test_a_hold_of_one_group_does_not_stop_the_hyperparameters() -> None:
    run = a_run(LINE, groups={"head": LINE}, hyperparameters={"momentum": LINE})

    run.change("hold", epoch=1, groups=["head"])

    assert [run.planned(0, 3, column) for column in range(3)] == [
        [1.0, 0.875, 0.75],
        [1.0, 0.875, 0.875],
        [1.0, 0.875, 0.75],
    ]
