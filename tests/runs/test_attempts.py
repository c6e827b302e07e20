"""Going back: what a new attempt inherits, what it plans anew, and whom it fences out."""

import pytest

from setpoint.errors import InvalidRequest, KeyReused, PlanChanged, PreconditionRequired, StaleAttempt
from setpoint.runs.command import ChangePlan, CheckIn, Condition, Measure, OpenAttempt, PlanTag
from setpoint.runs.deciding.guards import plan_tag
from setpoint.runs.event import Key
from tests.runs.a_run import ANY, FLAT, LINE, STEP_LR, Story, a_run, change, refused


def test_a_new_attempt_inherits_what_was_sealed_before_it() -> None:
    run = a_run(LINE, frontier=6)

    opened = run.roll_back(4)

    assert (opened.attempt, opened.parent, opened.from_epoch) == (2, 1, 4)
    assert (run.position, run.frontier) == (4, 4)
    assert run.sealed(0, 4) == [1.0, 0.875, 0.75, 0.625]


def test_the_old_attempt_keeps_its_own_sealed_values() -> None:
    run = a_run(LINE, frontier=6)

    run.roll_back(4, changes=[{"op": "set", "lr": 9.0}])
    run.check_in(4, attempt=2)

    assert run.now.attempts[0].sealed.values(0, 0, 6) == [1.0, 0.875, 0.75, 0.625, 0.5, 0.375]
    assert run.sealed(0, 5) == [1.0, 0.875, 0.75, 0.625, 9.0]


def test_a_worker_of_an_older_attempt_is_told_the_number_to_send() -> None:
    run = a_run(LINE, frontier=6)
    run.roll_back(4)

    for command in (CheckIn("w0", 2), CheckIn("w0", 6), Measure("w0", 2, 1.0)):
        error = refused(run, command)

        assert isinstance(error, StaleAttempt)
        assert error.extra == {"attempt": 2, "from_epoch": 4}


def test_an_attempt_that_does_not_exist_yet_is_refused() -> None:
    run = a_run(LINE)

    error = refused(run, CheckIn("w0", 0, attempt=2))

    assert isinstance(error, InvalidRequest)
    assert error.faults[0].pointer == "/attempt"


@pytest.mark.parametrize("epoch", [3, 9])
def test_an_attempt_begins_between_the_start_and_the_parents_frontier(epoch: int) -> None:
    run = a_run(LINE, start_epoch=4, frontier=8)

    error = refused(run, OpenAttempt(epoch, ANY))

    assert isinstance(error, InvalidRequest)
    assert error.faults[0].pointer == "/from_epoch"


@pytest.mark.parametrize("epoch", [4, 8])
def test_both_ends_are_allowed(epoch: int) -> None:
    run = a_run(LINE, start_epoch=4, frontier=8)

    assert run.roll_back(epoch).attempt == 2
    assert run.frontier == epoch


def story_with_changes() -> Story:
    """Halved at 2, doubled at 4, frontier 6, and a change that waits for 8."""
    run = a_run(FLAT, frontier=2)
    run.change("scale", factor=0.5)
    run.seal(4)
    run.change("scale", factor=4.0)
    run.seal(6)
    run.change("scale", factor=0.25, epoch=8)
    return run


def test_keep_values_plans_the_sealed_values_again_and_then_the_changes() -> None:
    run = story_with_changes()

    opened = run.roll_back(3)

    assert opened.dropped == ()
    assert run.planned(3, 10) == [0.5, 2.0, 2.0, 2.0, 2.0, 0.5, 0.5]


def test_keep_changes_plans_anew_with_all_changes() -> None:
    run = story_with_changes()

    opened = run.roll_back(3, keep="changes")

    assert opened.dropped == ()
    assert run.planned(3, 10) == [0.5, 2.0, 2.0, 2.0, 2.0, 0.5, 0.5]


def test_keep_nothing_drops_the_changes_from_there_on_and_lists_them() -> None:
    run = story_with_changes()

    opened = run.roll_back(3, keep="nothing")

    assert opened.dropped == (2, 3)
    assert run.planned(3, 10) == [0.5] * 7


def test_keep_nothing_drops_what_took_effect_at_the_very_epoch() -> None:
    run = story_with_changes()

    assert run.roll_back(4, keep="nothing").dropped == (2, 3)


def test_kept_values_are_not_sealed() -> None:
    run = story_with_changes()
    run.roll_back(3)

    receipt = run.change("scale", factor=0.1)

    assert (receipt.effective_epoch, receipt.before, receipt.after) == (3, (0.5,), (0.05,))


def test_a_change_ends_the_kept_values_where_it_acts() -> None:
    run = story_with_changes()
    run.roll_back(3)

    run.change("set", lr=9.0, epoch=5)

    assert run.planned(3, 7) == [0.5, 2.0, 9.0, 9.0]


def test_a_cancelled_change_gives_the_kept_values_back() -> None:
    run = story_with_changes()
    run.roll_back(3)
    run.change("set", lr=9.0, epoch=5)

    run.change("cancel", change=4)

    assert run.attempt.plan.kept is not None
    assert (run.attempt.plan.kept.start, run.attempt.plan.kept.stop) == (3, 6)


def test_kept_values_do_not_outlive_the_change_that_made_them() -> None:
    run = story_with_changes()
    run.roll_back(3)

    receipt = run.change("cancel", change=2)

    assert (receipt.before, receipt.after) == ((2.0,), (0.5,))
    assert run.planned(3, 10) == [0.5, 0.5, 0.5, 0.5, 0.5, 0.125, 0.125]


def test_a_second_resume_keeps_what_the_first_had_kept() -> None:
    run = story_with_changes()
    run.roll_back(3)
    run.check_in(3, attempt=2)

    run.roll_back(3)

    assert run.attempt.plan.kept is not None
    assert (run.attempt.plan.kept.start, run.attempt.plan.kept.stop) == (3, 6)
    assert run.planned(3, 7) == [0.5, 2.0, 2.0, 2.0]


def test_the_changes_that_come_with_it_apply_in_order_at_its_first_epoch() -> None:
    run = a_run(FLAT, frontier=6)

    opened = run.roll_back(4, changes=[{"op": "set", "lr": 0.5}, {"op": "scale", "factor": 0.5}])

    assert opened.changes == (1, 2)
    assert run.planned(4, 6) == [0.25, 0.25]
    assert run.now.plan_version == 4


def test_a_change_that_may_not_be_leaves_no_attempt_behind() -> None:
    run = a_run(FLAT, frontier=6)

    refused(run, OpenAttempt(4, ANY, changes=(change("extend", epochs=4),)))

    assert run.attempt.number == 1


def test_an_earlier_attempt_can_be_the_parent() -> None:
    run = a_run(FLAT, frontier=6)
    run.roll_back(4, changes=[{"op": "set", "lr": 9.0}])
    run.seal(5)

    opened = run.roll_back(5, parent=1)

    assert opened.parent == 1
    assert run.sealed(0, 5) == [1.0] * 5
    assert run.planned(5, 7) == [1.0, 1.0]


@pytest.mark.parametrize("parent", [0, 3])
def test_a_parent_that_is_not_there_is_refused(parent: int) -> None:
    run = a_run(FLAT, frontier=6)
    run.roll_back(4)

    error = refused(run, OpenAttempt(4, ANY, parent=parent))

    assert isinstance(error, InvalidRequest)
    assert error.faults[0].pointer == "/parent"


def test_reports_of_the_old_attempt_do_not_count_in_the_new_one() -> None:
    run = a_run(LINE, progress="slowest", workers=2, max_lookahead=1)
    run.check_in(0, "w0")
    run.check_in(0, "w1")
    run.leave("w1")

    run.roll_back(0)

    assert (len(run.attempt.reports), len(run.attempt.left), run.position) == (0, 0, 0)


def test_the_version_of_the_plan_goes_up_with_each_attempt() -> None:
    run = a_run(FLAT, frontier=2)

    assert [run.roll_back(1).plan_version, run.roll_back(0).plan_version] == [2, 3]


def test_a_finished_run_is_opened_again_by_a_new_attempt() -> None:
    run = a_run(LINE, frontier=3)
    run.patch(state="finished")

    run.roll_back(3)

    assert run.now.state == "running"
    assert run.check_in(3, attempt=2) == [0.625]


# Conditions and keys


def test_a_change_needs_to_say_which_plan_it_is_meant_for() -> None:
    run = a_run(FLAT)

    assert isinstance(refused(run, ChangePlan(change("hold"), None)), PreconditionRequired)
    assert isinstance(refused(run, OpenAttempt(0, None)), PreconditionRequired)


def test_a_change_of_the_plan_that_was_looked_at_is_made() -> None:
    run = a_run(FLAT)
    tag = plan_tag(run.now, 1)

    assert run.change("hold", condition=Condition((PlanTag(1, 1, 7), tag))).number == 1


def test_a_check_in_does_not_make_a_plan_another_one() -> None:
    run = a_run(FLAT)
    tag = plan_tag(run.now, 1)

    run.seal(5)

    assert plan_tag(run.now, 1) == tag == PlanTag(1, 1, 1)


def test_a_change_of_a_plan_that_has_changed_since_is_refused() -> None:
    run = a_run(FLAT)
    tag = plan_tag(run.now, 1)
    run.change("hold")

    error = refused(run, ChangePlan(change("release"), Condition((tag,))))

    assert isinstance(error, PlanChanged)
    assert error.extra == {"attempt": 1, "plan_version": 2}


def test_a_plan_of_another_incarnation_is_another_plan() -> None:
    run = a_run(FLAT)
    tag = plan_tag(run.now, 1)
    run.incarnation = 2

    assert isinstance(refused(run, ChangePlan(change("hold"), Condition((tag,)))), PlanChanged)


def test_a_change_sent_twice_under_one_key_is_made_once() -> None:
    run = a_run(FLAT)
    key = Key("k1", "scale by 0.5")

    first = run.change("scale", factor=0.5, key=key)
    again = run.change("scale", factor=0.5, key=key)

    assert again == first
    assert run.planned(0, 1) == [0.5]


def test_a_key_outranks_the_condition() -> None:
    run = a_run(FLAT)
    key, then = Key("k1", "scale by 0.5"), Condition((plan_tag(run.now, 1),))
    first = run.change("scale", factor=0.5, key=key, condition=then)

    assert run.change("scale", factor=0.5, key=key, condition=then) == first


def test_a_key_outranks_the_attempt_and_the_state() -> None:
    run = a_run(FLAT, frontier=2)
    key = Key("k1", "scale by 0.5")
    first = run.change("scale", factor=0.5, key=key)
    run.roll_back(0, keep="nothing")
    run.patch(state="archived")

    assert run.change("scale", factor=0.5, key=key) == first


def test_another_body_under_a_key_is_refused() -> None:
    run = a_run(FLAT)
    run.change("scale", factor=0.5, key=Key("k1", "scale by 0.5"))

    error = refused(run, ChangePlan(change("hold"), ANY, Key("k1", "hold")))

    assert isinstance(error, KeyReused)


def test_all_ranks_of_a_relaunch_share_one_attempt_by_their_key() -> None:
    run = a_run(FLAT, frontier=2)
    key = Key("relaunch-7", "from 1")

    opened = [run.roll_back(1, key=key) for _ in range(3)]

    assert [each.attempt for each in opened] == [2, 2, 2]
    assert run.attempt.number == 2


def test_a_key_of_a_change_can_not_open_an_attempt() -> None:
    run = a_run(FLAT)
    run.change("hold", key=Key("k1", "hold"))

    assert isinstance(refused(run, OpenAttempt(0, ANY, key=Key("k1", "from 0"))), KeyReused)


def test_the_audit_log_holds_changes_and_attempts_in_order() -> None:
    run = a_run(STEP_LR, frontier=7)
    run.change("scale", factor=0.5, reason="too fast")
    run.roll_back(4, changes=[{"op": "scale", "factor": 0.1}])

    assert [each.event.kind for each in run.now.changes] == ["change", "attempt", "change"]
