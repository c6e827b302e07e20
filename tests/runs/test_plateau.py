"""The plateau policy in a run: what it decides, from when on, and what a rollback makes of it."""

import math
import random

import pytest

from setpoint.errors import MetricAwaited, MetricDiffers, NotSealed
from setpoint.plateau.policy import Plateau
from setpoint.runs.command import CheckIn, Measure
from tests.plateau.streams import POLICY, Case, cases
from tests.runs.a_run import FLAT, LINE, Story, a_run, refused

EAGER = {"factor": 0.5, "patience": 0, "threshold": 0.0}
"""Halves at every metric that is no better than the best."""


def plateaued(**more: object) -> Story:
    """Epochs 0 to 3 sealed; the metric of epoch 0 is the best there will be."""
    run = a_run(FLAT, plateau={**EAGER, **more}, max_lookahead=8, frontier=4)
    run.measure(0, 1.0)
    return run


def test_a_decision_acts_at_the_frontier() -> None:
    run = plateaued()

    [decision] = run.measure(1, 2.0)

    assert (decision.epoch, decision.metric, decision.factors, decision.effective_epoch) == (1, 2.0, (0.5,), 4)
    assert run.sealed(0, 4) == [1.0] * 4
    assert run.planned(4, 6) == [0.5, 0.5]


def test_a_decision_that_changes_nothing_leaves_the_plan_at_its_version() -> None:
    run = plateaued()

    [decision] = run.measure(1, 0.5)

    assert decision.factors == (1.0,)
    assert run.now.plan_version == 1


def test_a_reduction_is_a_new_version_of_the_plan() -> None:
    run = plateaued()

    run.measure(1, 2.0)

    assert run.now.plan_version == 2


def test_the_same_report_again_is_no_write() -> None:
    run = plateaued()

    assert run.tell(Measure("w0", 0, 1.0)) == ()


def test_another_value_for_the_same_epoch_is_refused() -> None:
    run = plateaued()

    assert isinstance(refused(run, Measure("w0", 0, 1.5)), MetricDiffers)


def test_not_a_number_twice_is_the_same_value() -> None:
    run = plateaued()
    run.measure(1, math.nan)

    assert run.tell(Measure("w0", 1, math.nan)) == ()


def test_an_epoch_is_decided_with_the_last_report_it_waits_for() -> None:
    run = a_run(FLAT, plateau={**EAGER, "reports": 2}, frontier=3)

    assert run.measure(0, 1.0, "w0") == []
    [decision] = run.measure(0, 3.0, "w1")

    assert decision.metric == 2.0


def test_the_order_of_reports_does_not_matter() -> None:
    ways = [[("w0", 0.1), ("w1", 0.2), ("w2", 0.3)], [("w2", 0.3), ("w0", 0.1), ("w1", 0.2)]]

    decided: list[float] = []
    for way in ways:
        run = a_run(FLAT, plateau={**EAGER, "reports": 3}, frontier=3)
        decided += [each.metric for worker, value in way for each in run.measure(0, value, worker)]

    assert decided[0] == decided[1]
    assert len(decided) == 2


def test_the_completion_of_a_later_epoch_passes_over_an_earlier_one() -> None:
    run = a_run(FLAT, plateau={**EAGER, "reports": 2}, frontier=4)
    run.measure(1, 1.0, "w0")
    run.measure(2, 1.0, "w0")
    run.measure(2, 1.0, "w1")

    assert run.measure(1, 1.0, "w1") == []


def test_groups_are_reduced_and_hyperparameters_are_not() -> None:
    run = a_run(FLAT, groups={"head": LINE}, hyperparameters={"momentum": 0.5}, plateau=EAGER, frontier=2)

    run.measure(0, 1.0)
    run.measure(1, 1.0)

    assert [run.planned(2, 3, column) for column in range(3)] == [[0.5], [0.375], [0.5]]


def test_nothing_is_reduced_below_the_floor() -> None:
    run = plateaued(min_lr=0.3)

    for epoch in (1, 2, 3):
        run.measure(epoch, 2.0)

    assert run.planned(4, 5) == [0.3]


# Waiting


def test_an_epoch_waits_for_the_metric_before_it() -> None:
    run = a_run(FLAT, plateau={**EAGER, "wait": True})
    run.check_in(0)

    with pytest.raises(MetricAwaited, match="epoch 1 waits for the metric of epoch 0") as refusal:
        run.check_in(1)

    assert refusal.value.extra == {"epoch": 0, "reports": 1}
    assert (run.position, run.frontier) == (1, 1)


def test_once_it_is_in_the_epoch_is_sealed() -> None:
    run = a_run(FLAT, plateau={**EAGER, "wait": True})
    run.check_in(0)
    run.measure(0, 1.0)

    assert run.check_in(1) == [1.0]


def test_where_every_epoch_waits_nobody_is_granted_ahead() -> None:
    run = a_run(FLAT, plateau={**EAGER, "wait": True})

    run.check_in(0, lookahead=5)

    assert run.frontier == 1


def test_a_run_that_starts_late_does_not_wait_for_what_came_before() -> None:
    run = a_run(FLAT, plateau={**EAGER, "wait": True}, start_epoch=7)

    assert run.check_in(7) == [1.0]


# Under changes


def test_a_pin_is_reduced_by_what_is_decided_after_it() -> None:
    run = plateaued()
    run.measure(1, 2.0)
    run.change("set", lr=0.8)
    run.measure(2, 2.0)

    assert run.planned(4, 5) == [0.4]


def test_a_release_of_the_pin_leaves_all_reductions_on_the_schedule() -> None:
    run = plateaued()
    run.measure(1, 2.0)
    run.change("set", lr=0.8)
    run.measure(2, 2.0)
    run.change("release")

    assert run.planned(4, 5) == [0.25]


def test_a_replacement_begins_without_the_reductions_before_it() -> None:
    run = plateaued()
    run.measure(1, 2.0)

    run.change("replace", schedule=LINE)

    assert run.planned(4, 6) == [1.0, 0.875]


def test_a_decay_starts_at_the_reduced_value_and_is_not_reduced_twice() -> None:
    run = plateaued()
    run.measure(1, 2.0)

    run.change("decay", epochs=4, final_lr=0.1)

    assert run.planned(4, 5) == [0.5]
    assert run.planned(8, 9) == [0.1]


@pytest.mark.parametrize(
    ("change", "reduced"),
    [
        ({"op": "set", "lr": 1.0}, 0.5),
        ({"op": "replace", "schedule": FLAT}, 0.5),
    ],
)
def test_the_policy_judges_the_learning_rate_that_was_used_and_not_one_it_remembers(
    change: dict[str, object], reduced: float
) -> None:
    run = plateaued(min_lr=0.25)
    for epoch in (1, 2, 3):
        run.measure(epoch, 2.0)
    run.change(**change)  # type: ignore[arg-type]  # by name
    run.seal(6)

    run.measure(5, 2.0)

    assert run.sealed(4, 6) == [1.0, 1.0]
    assert run.planned(6, 7) == [reduced]


@pytest.mark.parametrize("epoch", [4, 5, 1_000_000_000])
def test_a_metric_of_an_epoch_that_nobody_was_given_is_refused_and_passes_over_nothing(epoch: int) -> None:
    run = plateaued()

    refusal = refused(run, Measure("w0", epoch, 2.0))

    assert isinstance(refusal, NotSealed)
    assert refusal.extra == {"frontier": 4}
    assert [decision.epoch for decision in run.measure(1, 2.0)] == [1]


# Rollback


def test_a_rollback_forgets_decisions_on_later_metrics() -> None:
    run = plateaued()
    run.measure(3, 2.0)
    run.seal(6)

    run.roll_back(2, keep="changes")

    assert run.planned(2, 8) == [1.0] * 6
    assert run.attempt.policy is not None
    assert run.attempt.policy.scales == (1.0,)


@pytest.mark.parametrize("keep", ["values", "changes", "nothing"])
def test_a_decision_on_an_earlier_metric_acts_again_at_the_first_epoch(keep: str) -> None:
    run = plateaued()
    run.measure(1, 2.0)
    run.seal(6)

    run.roll_back(2, keep=keep)

    assert run.sealed(0, 2) == [1.0, 1.0]
    assert run.planned(2, 4) == [0.5, 0.5]


def test_kept_values_end_where_a_forgotten_decision_had_acted() -> None:
    run = plateaued()
    run.measure(3, 2.0)
    run.seal(6)

    run.roll_back(2)

    assert run.planned(2, 8) == [1.0] * 6


def test_a_metric_that_was_forgotten_can_be_reported_anew() -> None:
    run = plateaued()
    run.measure(3, 2.0)
    run.roll_back(2)
    run.seal(4)

    [decision] = run.measure(3, 5.0)

    assert decision.metric == 5.0


def test_the_policy_goes_on_from_where_it_stood() -> None:
    run = a_run(FLAT, plateau={**EAGER, "patience": 1}, max_lookahead=8, frontier=6)
    for epoch in range(4):
        run.measure(epoch, 1.0)  # bad at 1 and 2: reduced

    run.roll_back(2)
    run.seal(3)
    run.measure(2, 1.0)

    assert run.planned(3, 4) == [0.5]


def test_an_epoch_that_only_a_later_one_had_passed_over_is_decided_by_the_new_attempt() -> None:
    run = a_run(FLAT, plateau={**EAGER, "reports": 2}, max_lookahead=8, frontier=6)
    for epoch, worker in ((0, "w0"), (0, "w1"), (1, "w0"), (4, "w0"), (4, "w1"), (1, "w1")):
        run.measure(epoch, 1.0 + epoch, worker)

    run.roll_back(3)

    assert [epoch for epoch, _ in run.attempt.decisions] == [0, 1]
    assert run.planned(3, 4) == [0.5]


# The libraries' own streams


STREAMS = [
    *cases("torch", "ReduceLROnPlateau", "torch"),
    *cases("keras", "ReduceLROnPlateau", "keras"),
    *cases("paddle", "ReduceOnPlateau", "paddle"),
    *cases("optax", "reduce_on_plateau", "optax"),
]


def sayable(case: Case) -> bool:
    """One floor for all groups, a factor that is not negative, and a constant schedule."""
    is_one_floor = not isinstance(case.policy.get("min_lr"), list) and case.policy.get("factor", 0) >= 0
    return is_one_floor and not case.refused and all(len(set(planned)) == 1 for planned in case.planned)


def named(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", [case for case in STREAMS if sayable(case)], ids=named)
def test_what_workers_report_in_any_order_and_twice_seals_what_the_library_did(case: Case) -> None:
    dice = random.Random(case.name)
    policy = POLICY.validate_python({**case.policy, "wait": True, "reports": 3})
    assert isinstance(policy, Plateau)
    bases = [{"kind": "constant", "initial_lr": planned[0]} for planned in case.planned]
    run = a_run(bases[0], groups={f"g{i}": base for i, base in enumerate(bases[1:])}, plateau=policy)

    run.check_in(0)
    for epoch, metric in enumerate(case.metrics):
        reports = [f"w{i}" for i in range(3)] * 2
        dice.shuffle(reports)
        for worker in reports:
            run.measure(epoch, metric, worker)
        for worker in dice.sample(["w0", "w1", "w2"], 3):
            run.check_in(epoch + 1, worker)
            run.tell(CheckIn(worker, epoch))

    for column, curve in enumerate(case.lr):
        reach = case.tolerance * max(curve)
        assert run.sealed(0, len(curve), column) == pytest.approx(curve, rel=0, abs=reach)
