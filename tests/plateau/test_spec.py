"""What may be asked for, and what is assumed."""

from typing import Any

import pytest
from pydantic import ValidationError

from setpoint.plateau.greedy import Greedy
from setpoint.plateau.variants import KerasPlateau, OptaxPlateau, PaddlePlateau, TorchPlateau
from tests.plateau.streams import POLICY


def test_a_policy_without_a_variant_is_torchs_with_torchs_defaults() -> None:
    policy = POLICY.validate_python({})

    assert policy.model_dump() == {
        "variant": "torch",
        "mode": "min",
        "factor": 0.1,
        "patience": 10,
        "threshold": 1e-4,
        "threshold_mode": "rel",
        "cooldown": 0,
        "min_lr": 0.0,
        "eps": 1e-8,
        "every": 1,
        "reports": 1,
        "aggregate": "mean",
        "wait": False,
        "warmup_epochs": 0,
    }


@pytest.mark.parametrize(
    ("variant", "kind"),
    [
        ("torch", TorchPlateau),
        ("keras", KerasPlateau),
        ("paddle", PaddlePlateau),
        ("optax", OptaxPlateau),
        ("greedy", Greedy),
    ],
)
def test_each_variant_is_its_own_model_and_survives_json(variant: str, kind: type) -> None:
    policy = POLICY.validate_python({"variant": variant})

    assert type(policy) is kind
    assert POLICY.validate_json(POLICY.dump_json(policy)) == policy


def test_only_greedy_is_kept_out_of_runs() -> None:
    variants = ("torch", "keras", "paddle", "optax", "greedy")
    policies = [POLICY.validate_python({"variant": variant}) for variant in variants]

    assert [p.simulated_only for p in policies] == [False, False, False, False, True]


def test_greedy_has_hugging_faces_defaults() -> None:
    assert POLICY.validate_python({"variant": "greedy"}).model_dump() == {
        "variant": "greedy",
        "mode": "min",
        "factor": 0.95,
        "patience": 10,
        "threshold": 1e-6,
        "threshold_mode": "abs",
        "cooldown": 0,
        "warmup": 0,
        "min_lr": 1e-3,
        "max_lr": 1.0,
        "eps": 1e-8,
        "smooth": False,
        "window_size": 50,
        "reset_start": 500,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"factor": 1},
        {"factor": -0.5},
        {"factor": True},
        {"factor": "0.1"},
        {"factor": float("nan")},
        {"mode": "best"},
        {"patience": -1},
        {"patience": 2.5},
        {"patience": True},
        {"cooldown": -1},
        {"min_lr": -0.1},
        {"min_lr": [0.1]},
        {"eps": -1e-9},
        {"threshold": float("inf")},
        {"threshold_mode": "relative"},
        {"every": 0},
        {"reports": 0},
        {"aggregate": "median"},
        {"warmup_epochs": -1},
        {"verbose": False},
        {"min_delta": 0.1},
        {"variant": "keras", "threshold": 0.1},
        {"variant": "keras", "eps": 0.1},
        {"variant": "paddle", "rtol": 0.1},
        {"variant": "optax", "mode": "max"},
        {"variant": "optax", "factor": 0},
        {"variant": "optax", "rtol": 1.5},
        {"variant": "optax", "rtol": 0},
        {"variant": "optax", "accumulation_size": 0},
        {"variant": "optax", "min_scale": 1.5},
        {"variant": "optax", "min_lr": 0.1},
        {"variant": "greedy", "factor": 0},
        {"variant": "greedy", "window_size": 0},
        {"variant": "greedy", "wait": True},
        {"variant": "sgd"},
        {"variant": None},
        {"variant": ["torch"]},
        [],
        None,
        "torch",
    ],
    ids=str,
)
def test_what_no_library_would_mean_is_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        POLICY.validate_python(wrong)


def test_one_positive_tolerance_is_enough_for_optax() -> None:
    assert POLICY.validate_python({"variant": "optax", "rtol": 0, "atol": 0.1})


def test_a_policy_never_changes() -> None:
    policy = POLICY.validate_python({})

    with pytest.raises(ValidationError, match="frozen"):
        policy.patience = 3
