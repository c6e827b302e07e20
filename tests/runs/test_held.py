"""Grants that a worker holds, lives of the store, and gaps that were trained without a grant."""

import pytest

from setpoint.errors import HistoryDiverged, InvalidRequest
from setpoint.runs.command import CheckIn, Held, Measure, Unsealed
from setpoint.runs.event import Diverged
from tests.runs.a_run import FLAT, LINE, Story, a_run, refused


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
