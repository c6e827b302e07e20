"""When a change takes effect, and when it can be withdrawn."""

import pytest

from setpoint.errors import AlreadySealed, InvalidRequest
from tests.runs.a_run import FLAT, LINE, STEP_LR, a_run


def test_a_change_that_waits_for_its_epoch_can_be_cancelled_and_the_rest_is_recomputed() -> None:
    run = a_run(LINE)
    run.change("hold", epoch=3)
    run.change("scale", factor=0.5, epoch=4)
    run.change("release", epoch=5)

    receipt = run.change("cancel", change=1)

    assert run.planned(2, 8) == [0.75, 0.625, 0.25, 0.1875, 0.125, 0.0625]
    assert (receipt.effective_epoch, receipt.before, receipt.after) == (3, (0.625,), (0.625,))


def test_a_change_at_the_frontier_can_still_be_cancelled() -> None:
    run = a_run(LINE, frontier=2)
    run.change("scale", factor=0.5)

    receipt = run.change("cancel", change=1)

    assert (receipt.before, receipt.after) == ((0.375,), (0.75,))


def test_a_change_that_was_felt_can_not_be_cancelled() -> None:
    run = a_run(LINE, frontier=2)
    run.change("scale", factor=0.5)
    run.check_in(2)

    with pytest.raises(AlreadySealed, match="took effect at epoch 2"):
        run.change("cancel", change=1)


@pytest.mark.parametrize("number", [1, 7])
def test_what_is_not_there_any_more_or_never_was_can_not_be_cancelled(number: int) -> None:
    run = a_run(LINE)
    run.change("scale", factor=0.5)
    run.change("cancel", change=1)

    with pytest.raises(InvalidRequest, match=f"no change {number}"):
        run.change("cancel", change=number)


def test_a_cancel_that_would_leave_a_later_change_without_meaning_is_refused() -> None:
    run = a_run(FLAT)
    run.change("replace", schedule=LINE, epoch=2)
    run.change("extend", epochs=4, epoch=4)

    with pytest.raises(InvalidRequest):
        run.change("cancel", change=1)

    assert run.planned(2, 3) == [1.0]


def test_a_change_never_reaches_a_sealed_epoch() -> None:
    run = a_run(STEP_LR, frontier=8)

    receipt = run.change("scale", factor=0.5, epoch=3)

    assert receipt.effective_epoch == 8
    assert run.sealed(0, 8) == [0.1] * 5 + [0.05] * 3
    assert run.planned(8, 11) == [0.025, 0.025, 0.0125]


def test_a_change_without_an_epoch_takes_effect_at_the_frontier() -> None:
    run = a_run(STEP_LR, frontier=3)

    assert run.change("scale", factor=0.5).effective_epoch == 3


def test_an_exact_change_of_a_sealed_epoch_is_refused() -> None:
    run = a_run(STEP_LR, frontier=3)

    with pytest.raises(AlreadySealed, match="epoch 2 is sealed; the first that is not is 3"):
        run.change("scale", factor=0.5, epoch=2, exact=True)


def test_an_exact_change_at_the_frontier_is_made_there() -> None:
    run = a_run(STEP_LR, frontier=3)

    assert run.change("scale", factor=0.5, epoch=3, exact=True).effective_epoch == 3


def test_the_clock_of_a_run_that_starts_late_is_absolute() -> None:
    run = a_run(STEP_LR, start_epoch=7)

    run.change("hold", epoch=8)
    run.change("release", epoch=11)

    assert run.planned(7, 15) == [0.05] * 6 + [0.025] * 2


def test_each_change_gets_the_next_number_and_the_next_version_of_the_plan() -> None:
    run = a_run(STEP_LR)

    receipts = [run.change("scale", factor=0.5), run.change("hold"), run.change("cancel", change=1)]

    assert [(each.number, each.plan_version) for each in receipts] == [(1, 2), (2, 3), (3, 4)]
