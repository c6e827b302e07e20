"""Check-ins: what they seal, what they grant, and what they refuse."""

import pytest

from setpoint.errors import BeforeStart, EpochTooFar, HistoryDiverged, InvalidRequest, RunFinished
from setpoint.runs.command import CheckIn, Held, Measure, Unsealed
from setpoint.runs.event import Diverged, Reported, SealedEpochs
from tests.runs.a_run import FLAT, LINE, STEP_LR, Story, a_run, refused


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


# Progress


def test_the_fastest_report_is_the_position() -> None:
    run = a_run(LINE)

    run.check_in(1, "w0")
    run.check_in(0, "w1")

    assert run.position == 1


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

    assert run.attempt.left == frozenset()


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


# What a worker holds


def test_a_grant_that_is_held_is_known_again() -> None:
    run = a_run(LINE, frontier=3)

    assert run.check_in(3, held=Held(0, 3, run.digest(0, 3), 1)) == [0.625]


@pytest.mark.parametrize(
    "held",
    [
        Held(0, 3, "0" * 32, 1),  # other bits
        Held(0, 9, "0" * 32, 1),  # further than anything is sealed
        Held(2, 2, "0" * 32, 1),  # nothing
    ],
)
def test_a_grant_that_is_not_what_is_sealed_here_is_refused(held: Held) -> None:
    run = a_run(LINE, frontier=3)

    assert isinstance(refused(run, CheckIn("w0", 3, held=held)), HistoryDiverged)


def test_a_grant_of_a_later_incarnation_is_refused_whatever_its_bits() -> None:
    run = a_run(LINE, frontier=3)

    assert isinstance(refused(run, CheckIn("w0", 3, held=Held(0, 3, run.digest(0, 3), 2))), HistoryDiverged)


def test_a_raised_incarnation_freezes_sealing_until_a_new_attempt() -> None:
    run = a_run(LINE, frontier=3)
    run.incarnation = 2

    assert run.check_in(2) == [0.75]
    with pytest.raises(HistoryDiverged, match="restored"):
        run.check_in(3)
    run.roll_back(3)

    assert run.check_in(3, attempt=2) == [0.625]


@pytest.mark.parametrize(
    "command", [CheckIn("w0", 2, attempt=3), Measure("w0", 2, 1.0, attempt=3)], ids=["epoch", "metric"]
)
def test_an_attempt_that_a_restore_lost_is_told_apart_from_one_that_never_was(command: CheckIn | Measure) -> None:
    run = a_run(LINE, frontier=3)
    assert isinstance(refused(run, command), InvalidRequest)
    run.incarnation = 2

    assert isinstance(refused(run, command), HistoryDiverged)
    run.roll_back(3)
    lost = refused(run, command)

    assert isinstance(lost, HistoryDiverged)
    assert "has no attempt 3: the last one it knows is 2" in lost.detail


def test_an_attempt_that_a_run_of_this_life_never_had_is_a_mistake() -> None:
    run = Story(incarnation=2)
    run.create(LINE)

    assert isinstance(refused(run, CheckIn("w0", 0, attempt=2)), InvalidRequest)


# Outage


def test_a_gap_that_was_trained_without_a_grant_is_sealed_by_the_plan() -> None:
    run = a_run(LINE, frontier=2)

    granted = run.check_in(5, unsealed=Unsealed(2, (0.75, 0.625, 0.5), {}))

    assert granted == [0.375]
    assert run.sealed(2, 6) == [0.75, 0.625, 0.5, 0.375]
    assert list(run.attempt.divergences) == []


def test_values_that_differ_from_the_plan_are_told_once() -> None:
    run = a_run(LINE, frontier=2)
    own = Unsealed(2, (0.75, 0.7, 0.5), {})

    run.check_in(5, unsealed=own)
    run.check_in(5, unsealed=own)

    assert list(run.attempt.divergences) == [Diverged(1, "w0", "lr", 3, (0.7,), (0.625,))]


def test_groups_that_differ_are_told_too() -> None:
    run = a_run(LINE, groups={"head": FLAT}, frontier=1)

    run.check_in(2, unsealed=Unsealed(1, (0.875,), {"head": (0.5,)}))

    assert list(run.attempt.divergences) == [Diverged(1, "w0", "head", 1, (0.5,), (1.0,))]


def test_a_gap_from_the_very_first_epoch_is_compared() -> None:
    run = a_run(LINE)

    run.check_in(2, unsealed=Unsealed(0, (1.0, 0.5), {}))

    assert list(run.attempt.divergences) == [Diverged(1, "w0", "lr", 1, (0.5,), (0.875,))]


def test_a_gap_that_begins_past_the_frontier_is_compared_epoch_by_epoch() -> None:
    run = a_run(LINE, frontier=2)

    run.check_in(3, unsealed=Unsealed(3, (0.625,), {}))

    assert list(run.attempt.divergences) == []


def test_a_gap_of_a_group_that_is_not_there_is_refused() -> None:
    run = a_run(LINE, frontier=2)

    error = refused(run, CheckIn("w0", 3, unsealed=Unsealed(2, (0.75,), {"tail": (1.0,)})))

    assert isinstance(error, InvalidRequest)
    assert error.faults[0].pointer == "/unsealed/groups/tail"


# A finished run


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
