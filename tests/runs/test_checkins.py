"""Check-ins: what they seal, what they grant, and what they refuse."""

import pytest

from setpoint.errors import BeforeStart, EpochTooFar, RunFinished
from setpoint.runs.command import CheckIn, Unsealed
from setpoint.runs.event import Reported, SealedEpochs
from tests.runs.a_run import FLAT, LINE, STEP_LR, a_run, refused


def test_a_check_in_seals_its_epoch_and_all_before_it() -> None:
    run = a_run(LINE, max_lookahead=5)

    granted = run.check_in(3)

    assert granted == [0.625]
    assert run.frontier == 4
    assert run.sealed(0, 4) == [1.0, 0.875, 0.75, 0.625]


def test_a_window_is_granted_as_far_as_it_was_asked_for() -> None:
    run = a_run(LINE, max_lookahead=5)

    assert run.check_in(0, lookahead=2) == [1.0, 0.875, 0.75]
    assert run.frontier == 3


def test_a_window_ends_at_the_limit_of_the_run() -> None:
    run = a_run(LINE, max_lookahead=2)

    assert run.check_in(0, lookahead=50) == [1.0, 0.875, 0.75]


@pytest.mark.parametrize(("unit", "limit"), [("epoch", 1), ("step", 1000)])
def test_the_limit_follows_the_unit_unless_given(unit: str, limit: int) -> None:
    run = a_run(FLAT, unit=unit)

    run.check_in(0, lookahead=10_000)

    assert run.frontier == 1 + limit


def test_a_repeat_is_given_the_same_and_is_no_write() -> None:
    run = a_run(LINE, max_lookahead=3)
    first = run.check_in(0, lookahead=1)
    run.change("scale", factor=0.5)
    run.check_in(1, lookahead=3)

    assert run.check_in(0, lookahead=1) == first == [1.0, 0.875]
    assert run.tell(CheckIn("w0", 0, lookahead=1)) == ()


def test_a_late_worker_gets_the_sealed_values() -> None:
    run = a_run(LINE, frontier=5)
    run.change("set", lr=9.0)

    assert run.check_in(2, "w7") == [0.75]
    assert run.frontier == 5


def test_a_laggard_moves_nothing() -> None:
    run = a_run(LINE, frontier=5)

    run.check_in(2, "w7")
    events = run.tell(CheckIn("w7", 1))

    assert events == ()
    assert (run.position, run.frontier) == (4, 5)


def test_two_workers_are_given_the_same_bits_for_an_epoch_that_was_changed_in_between() -> None:
    run = a_run(LINE)
    first = run.check_in(3 - 2, "w0")
    run.change("scale", factor=1 / 3)

    assert run.check_in(1, "w1") == first == [0.875]


def test_an_epoch_may_lie_one_window_past_the_frontier() -> None:
    run = a_run(LINE, max_lookahead=2, frontier=3)

    run.check_in(5)

    assert run.frontier == 6


def test_an_epoch_further_than_that_is_refused_and_told_where_the_frontier_is() -> None:
    run = a_run(LINE, max_lookahead=2, frontier=3)

    error = refused(run, CheckIn("w0", 6))

    assert isinstance(error, EpochTooFar)
    assert error.extra == {"frontier": 3, "max_lookahead": 2}


def test_no_check_in_seals_more_than_65536_epochs() -> None:
    run = a_run(FLAT, max_lookahead=32_767)
    run.check_in(0)

    run.check_in(32_768, lookahead=32_767)

    assert run.frontier == 1 + 65_535


def test_an_outage_does_not_seal_more_than_65536_epochs_either() -> None:
    run = a_run(FLAT, unit="step")
    own = Unsealed(0, (1.0,) * 65_536, {})

    error = refused(run, CheckIn("w0", 65_536, unsealed=own))

    assert isinstance(error, EpochTooFar)
    assert "65536" in error.detail


def test_a_check_in_without_a_name_counts_as_a_report_of_its_own() -> None:
    run = a_run(LINE)

    run.check_in(1, None)

    assert (run.position, run.frontier) == (1, 2)


def test_the_same_without_a_name_again_is_no_write() -> None:
    run = a_run(LINE)
    run.check_in(1, None)

    assert run.tell(CheckIn(None, 1)) == ()


def test_an_epoch_before_the_start_is_refused() -> None:
    run = a_run(STEP_LR, start_epoch=7)

    error = refused(run, CheckIn("w0", 6))

    assert isinstance(error, BeforeStart)
    assert error.extra == {"start_epoch": 7}


def test_an_adopted_run_begins_with_the_value_of_its_start_epoch() -> None:
    run = a_run(STEP_LR, start_epoch=7)

    assert run.check_in(7) == [0.05]
    assert run.position == 7


def test_groups_and_hyperparameters_are_sealed_in_the_same_record() -> None:
    run = a_run(LINE, groups={"head": STEP_LR}, hyperparameters={"momentum": 0.9})

    [_, event] = run.tell(CheckIn("w0", 0))

    assert isinstance(event, SealedEpochs)
    assert [run.sealed(0, 1, column) for column in range(3)] == [[1.0], [0.1], [0.9]]


def test_minus_zero_is_sealed_as_zero() -> None:
    run = a_run(FLAT)
    run.change("set", lr=-0.0)

    [value] = run.check_in(0)

    assert str(value) == "0.0"


def test_the_fastest_report_is_the_position() -> None:
    run = a_run(LINE)

    run.check_in(1, "w0")
    run.check_in(0, "w1")

    assert run.position == 1


def test_a_finished_run_answers_what_is_sealed() -> None:
    run = a_run(LINE, frontier=3)
    run.patch(state="finished")

    assert run.check_in(2) == [0.75]


def test_a_finished_run_seals_nothing_more() -> None:
    run = a_run(LINE, frontier=3)
    run.patch(state="finished")

    error = refused(run, CheckIn("w0", 3))

    assert isinstance(error, RunFinished)
    assert error.extra == {"frontier": 3}


def test_the_events_of_a_check_in_are_the_report_and_what_it_sealed() -> None:
    run = a_run(LINE)

    kinds = [type(event) for event in run.tell(CheckIn("w0", 0))]

    assert kinds == [Reported, SealedEpochs]
