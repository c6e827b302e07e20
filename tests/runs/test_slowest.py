"""Progress by the slowest: who is waited for."""

import pytest

from setpoint.errors import EpochTooFar
from setpoint.runs.command import CheckIn
from setpoint.runs.event import SealedEpochs
from tests.runs.a_run import LINE, a_run


def test_the_slowest_of_all_expected_workers_is_the_position() -> None:
    run = a_run(LINE, progress="slowest", workers=2)

    run.check_in(0, "w0")
    run.check_in(1, "w0")
    before = run.position
    run.check_in(1, "w1")

    assert (before, run.position) == (0, 1)


def test_nobody_is_granted_more_than_a_window_past_the_slowest() -> None:
    run = a_run(LINE, progress="slowest", workers=2, max_lookahead=1)
    run.check_in(0, "w0", lookahead=1)
    run.check_in(0, "w1")

    with pytest.raises(EpochTooFar, match="slowest worker"):
        run.check_in(2, "w0")

    assert run.frontier == 2


def test_a_report_counts_although_its_grant_is_refused() -> None:
    run = a_run(LINE, progress="slowest", workers=2, max_lookahead=1)
    run.check_in(0, "w0")
    with pytest.raises(EpochTooFar):
        run.check_in(1, "w0", lookahead=1)

    run.check_in(1, "w1")

    assert run.position == 1
    assert run.check_in(1, "w0", lookahead=1) == [0.875, 0.75]


def test_a_worker_that_left_is_waited_for_no_more() -> None:
    run = a_run(LINE, progress="slowest", workers=2, max_lookahead=1)
    run.check_in(0, "w0")
    run.check_in(0, "w1")
    run.check_in(1, "w0")

    run.leave("w1")

    assert run.position == 1


def test_a_worker_that_comes_back_is_waited_for_again() -> None:
    run = a_run(LINE, progress="slowest", workers=2, max_lookahead=1)
    run.check_in(0, "w0")
    run.check_in(0, "w1")
    run.leave("w1")
    run.check_in(1, "w0")

    run.check_in(1, "w1")
    run.check_in(2, "w0")

    assert run.position == 1


def test_a_worker_that_was_never_there_can_leave() -> None:
    run = a_run(LINE, progress="slowest", workers=2)

    run.leave("w9")

    assert len(run.attempt.left) == 0


def test_the_position_never_goes_back_when_a_slow_worker_joins() -> None:
    run = a_run(LINE, progress="slowest", workers=1)
    run.check_in(0, "w0")
    run.check_in(1, "w0")

    run.check_in(0, "w1")

    assert run.position == 1


def test_without_a_name_nothing_is_reported_where_the_slowest_counts() -> None:
    run = a_run(LINE, progress="slowest", workers=1, max_lookahead=1)

    [event] = run.tell(CheckIn(None, 1))

    assert isinstance(event, SealedEpochs)
    assert run.position == 0
