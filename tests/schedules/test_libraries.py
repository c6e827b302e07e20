"""The kinds against curves that torch and Keras themselves wrote down, each said by one kind directly."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from pydantic import TypeAdapter

from setpoint.schedules.kinds import Schedule
from setpoint.schedules.spec import Spec
from tests.strategies import Json

VECTORS = Path(__file__).parents[1] / "vectors"
SCHEDULE: TypeAdapter[Spec] = TypeAdapter(Schedule)  # some overflow after the vector's end: not checked, only read
Names = dict[str, str]


class Case(NamedTuple):
    name: str
    spec: Json
    epochs: list[int]
    lr: list[float]


def renamed(kind: str, names: Names, **more: Any) -> Callable[[Json, float], Json]:
    """Parameters by Setpoint's names; `initial_lr` from the optimizer where the parameters don't carry it."""

    def write(params: Json, lr: float) -> Json:
        found = {names[name]: value for name, value in params.items() if name in names}
        return {"kind": kind, **({"initial_lr": lr} if lr else {}), **more, **found}

    return write


def linear(params: Json, lr: float) -> Json:
    ends = {"initial_lr": lr * params["start_factor"], "final_lr": lr * params["end_factor"]}
    return {"kind": "linear", "epochs": params["total_iters"], **ends}


def multistep(params: Json, lr: float) -> Json:
    return {"kind": "multistep", "initial_lr": lr, **params, "milestones": sorted(params["milestones"])}


def one_cycle(params: Json, _lr: float) -> Json:
    names = {"max_lr": "peak_lr", "total_steps": "epochs", "anneal_strategy": "shape"}
    found = {names.get(name, name): value for name, value in params.items()}
    if "steps_per_epoch" in found:
        found["epochs"] *= found.pop("steps_per_epoch")
    return {"kind": "one_cycle", "past_end": "continue", **found}


def keras_cosine(params: Json, _lr: float) -> Json:
    initial, peak = params["initial_learning_rate"], params.get("warmup_target")
    top = initial if peak is None else peak
    cosine = {
        "kind": "cosine",
        "initial_lr": top,
        "epochs": params["decay_steps"],
        "min_lr": top * params.get("alpha", 0.0),
    }
    if peak is None:
        return cosine
    return {"kind": "warmup", "warmup_epochs": params["warmup_steps"], "warmup_initial_lr": initial, "schedule": cosine}


def keras_restarts(params: Json, _lr: float) -> Json:
    initial = params["initial_learning_rate"]
    return {
        "kind": "cosine_restarts",
        "initial_lr": initial,
        "min_lr": initial * params.get("alpha", 0.0),
        "cycle_epochs": params["first_decay_steps"],
        "cycle_mult": params.get("t_mul", 2.0),
        "cycle_decay": params.get("m_mul", 1.0),
        "decays": "amplitude",
    }


def keras_polynomial(params: Json, _lr: float) -> Json:
    return {
        "kind": "polynomial",
        "initial_lr": params["initial_learning_rate"],
        "epochs": params["decay_steps"],
        "min_lr": params.get("end_learning_rate", 1e-4),
        "power": params.get("power", 1.0),
        "past_end": "stretch" if params.get("cycle") else "hold",
    }


DECAY = {"initial_learning_rate": "initial_lr", "decay_steps": "decay_epochs", "staircase": "staircase"}
CYCLIC = {
    "base_lr": "min_lr",
    "max_lr": "peak_lr",
    "step_size_up": "up_epochs",
    "step_size_down": "down_epochs",
    "mode": "mode",
    "gamma": "gamma",
}

TORCH: dict[str, Callable[[Json, float], Json]] = {
    "StepLR": renamed("step", {"step_size": "step_size", "gamma": "gamma"}),
    "MultiStepLR": multistep,
    "ExponentialLR": renamed("exponential", {"gamma": "gamma"}),
    "LinearLR": linear,
    "PolynomialLR": renamed("polynomial", {"total_iters": "epochs", "power": "power"}),
    "CosineAnnealingLR": renamed("cosine", {"T_max": "epochs", "eta_min": "min_lr"}, past_end="continue"),
    "CosineAnnealingWarmRestarts": renamed(
        "cosine_restarts", {"T_0": "cycle_epochs", "T_mult": "cycle_mult", "eta_min": "min_lr"}
    ),
    "CyclicLR": lambda params, _lr: renamed("cyclic", CYCLIC)(params, 0.0),
    "OneCycleLR": one_cycle,
}
KERAS: dict[str, Callable[[Json, float], Json]] = {
    "ExponentialDecay": renamed("exponential", {**DECAY, "decay_rate": "gamma"}),
    "InverseTimeDecay": renamed("inverse_time", {**DECAY, "decay_rate": "decay_rate"}),
    "PiecewiseConstantDecay": renamed("piecewise", {"boundaries": "milestones", "values": "values"}, side="left"),
    "PolynomialDecay": keras_polynomial,
    "CosineDecay": keras_cosine,
    "CosineDecayRestarts": keras_restarts,
}
# What torch computes, but no kind says: a negative size, factor or floor; none at all; code; knots that run backwards.
UNSAID: list[Json] = [
    {"step_size": -3},
    {"gamma": -0.5},
    {"gamma": -0.9},
    {"eta_min": -0.01},
    {"milestones": []},
    {"total_iters": 0},
    {"power": -1.0},
    {"scale_fn": "0.98 ** epoch"},
    {"step_size_down": 0},
    {"total_steps": 1},
    {"pct_start": 0.0},
    {"pct_start": 0.6},
]
LOGARITHM = "CAWR integer jumps (log boundary)"
"""A jump that torch computes by a logarithm, which rounds to the wrong cycle."""


def of_group(params: Json, i: int) -> Json:
    """CyclicLR and OneCycleLR may carry one rate per parameter group."""
    own = {
        name: cast(list[float], params[name])[i] for name in ("base_lr", "max_lr") if isinstance(params.get(name), list)
    }
    return {**params, **own}


def torch_cases(scheduler: str) -> Iterator[Case]:
    for case in json.loads((VECTORS / f"torch_{scheduler}.json").read_text())["cases"]:
        params, rates = case["params"], case["base_lr"]
        said = not any(item in params.items() for unsaid in UNSAID for item in unsaid.items())
        if case["epochs"] and said and case["name"] != LOGARITHM:
            recorded = case.get("lr_closed", case["lr"])
            for i, lr in enumerate(rates):
                curve = recorded if len(rates) == 1 else [values[i] for values in recorded]
                yield Case(f"{case['name']} of {lr}", TORCH[scheduler](of_group(params, i), lr), case["epochs"], curve)


def keras_cases() -> Iterator[Case]:
    for case in json.loads((VECTORS / "keras.json").read_text())["cases"]:
        if "lr_x64" in case:
            spec = KERAS[case["type"]](case["params"], 0.0)
            yield Case(case["name"], spec, case["epochs"], case["lr_x64"])


CASES = [*(case for scheduler in TORCH for case in torch_cases(scheduler)), *keras_cases()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_kind_is_what_the_library_computes(case: Case) -> None:
    spec = SCHEDULE.validate_python(case.spec)

    curve = [spec.form.value(epoch) for epoch in case.epochs[: len(case.lr)]]  # torch's last may be below 0

    assert curve == pytest.approx(case.lr, rel=0, abs=1e-12 * max(case.lr))


def test_no_library_was_passed_over() -> None:
    assert len(CASES) > 80
