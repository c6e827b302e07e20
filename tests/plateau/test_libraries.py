"""The policies against curves and states that the libraries themselves produced."""

import pytest
from pydantic import ValidationError

from setpoint.plateau.policy import Plateau, scaled
from setpoint.plateau.simulation import simulate
from tests.plateau.streams import POLICY, Case, cases, close

TORCH = cases("torch", "ReduceLROnPlateau", "torch")
OTHERS = [
    *cases("timm", "PlateauLRScheduler", "torch"),
    *cases("keras", "ReduceLROnPlateau", "keras"),
    *cases("paddle", "ReduceOnPlateau", "paddle"),
    *cases("optax", "reduce_on_plateau", "optax"),
    *cases("transformers", "greedy", "greedy"),
]


def sayable(case: Case) -> bool:
    """One floor for all groups, and no negative factor."""
    return not isinstance(case.policy.get("min_lr"), list) and case.policy.get("factor", 0) >= 0


def named(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", [c for c in TORCH + OTHERS if sayable(c) and not c.refused], ids=named)
def test_a_simulation_is_what_the_library_did(case: Case) -> None:
    policy = POLICY.validate_python(case.policy)

    curves = [simulate(policy, planned, case.metrics) for planned in case.planned]

    assert all(close(got, want, case.tolerance) for got, want in zip(curves, case.lr, strict=True))


@pytest.mark.parametrize("case", [c for c in TORCH if c.states and sayable(c)], ids=named)
def test_torchs_best_and_counters_are_kept_metric_by_metric(case: Case) -> None:
    policy = POLICY.validate_python(case.policy)
    assert isinstance(policy, Plateau)

    state = policy.start()
    states: list[list[float | None]] = []
    for metric in case.metrics:
        state = policy.step(state, metric, case.planned[0][:1])
        states.append([state.best, state.bad, state.cooldown])

    assert states == case.states


@pytest.mark.parametrize("case", [c for c in TORCH if c.refused], ids=named)
def test_what_torchs_constructor_refuses_is_refused(case: Case) -> None:
    with pytest.raises(ValidationError):
        POLICY.validate_python(case.policy)


def test_each_group_is_reduced_down_to_its_own_floor() -> None:
    [case] = [c for c in TORCH if "0.3, 'min_lr': [0.01, 0.0001, 0.002]" in c.name]

    for floor, planned, want in zip(case.policy["min_lr"], case.planned, case.lr, strict=True):
        policy = POLICY.validate_python({**case.policy, "min_lr": floor})
        assert close(simulate(policy, planned, case.metrics), want, 1e-12)


def test_several_groups_in_one_fold_are_what_each_is_alone() -> None:
    policy = POLICY.validate_python({"patience": 1, "factor": 0.3, "min_lr": 0.002, "eps": 8e-4})
    assert isinstance(policy, Plateau)
    state = policy.start(3)

    for _ in range(8):
        state = policy.step(state, 1.0, [0.1, 0.01, 0.001])

    lrs = [scaled(lr, s, 0.002) for lr, s in zip([0.1, 0.01, 0.001], state.scales, strict=True)]
    assert lrs == pytest.approx([0.0027, 0.002, 0.001], rel=1e-12)
