"""torch's schedulers, run and imported with the same arguments."""

import warnings
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from setpoint.interop.registry import read
from tests.frameworks.imported import HUNDRED, Columns, differences, imported

Call = dict[str, Any]
EPOCHS = 120

lrs = st.floats(1e-6, 10.0)
shares = st.floats(0.0, 1.0)
above_zero = st.floats(0.01, 1.0)
counts = st.integers(1, 40)
milestones = st.lists(st.integers(0, 60), max_size=5)


def call(scheduler: str, **arguments: Any) -> st.SearchStrategy[Call]:
    given_ones = st.fixed_dictionaries({}, optional=arguments)
    return given_ones.map(lambda chosen: {"scheduler": scheduler, "arguments": chosen})


def required(scheduler: str, needed: dict[str, Any], **arguments: Any) -> st.SearchStrategy[Call]:
    given_ones = st.fixed_dictionaries(needed, optional=arguments)
    return given_ones.map(lambda chosen: {"scheduler": scheduler, "arguments": chosen})


RELATIVE = {
    "StepLR": required("StepLR", {"step_size": counts}, gamma=st.floats(0.0, 1.3)),
    "MultiStepLR": required("MultiStepLR", {"milestones": milestones}, gamma=st.floats(0.0, 1.3)),
    "ConstantLR": call("ConstantLR", factor=above_zero, total_iters=st.integers(0, 40)),
    "LinearLR": call("LinearLR", start_factor=above_zero, end_factor=shares, total_iters=st.integers(0, 40)),
    "ExponentialLR": required("ExponentialLR", {"gamma": st.floats(0.3, 1.2)}),
    "PolynomialLR": call("PolynomialLR", total_iters=st.integers(0, 40), power=st.floats(0.1, 4.0)),
}
COSINE = required("CosineAnnealingLR", {"T_max": counts}, eta_min=st.sampled_from([0.0, 1e-3, 0.5]))
RESTARTS = required(
    "CosineAnnealingWarmRestarts", {"T_0": counts}, T_mult=st.integers(1, 4), eta_min=st.sampled_from([0.0, 1e-3, 0.5])
)
CYCLIC = required(
    "CyclicLR",
    {"base_lr": st.floats(0.0, 1.0), "max_lr": st.floats(0.0, 1.0)},
    step_size_up=counts,
    step_size_down=counts,
    mode=st.sampled_from(["triangular", "triangular2", "exp_range"]),
    gamma=st.floats(0.8, 1.0),
    cycle_momentum=st.booleans(),
)
ONE_CYCLE = required(
    "OneCycleLR",
    {"max_lr": lrs, "total_steps": st.integers(2, 100)},
    pct_start=shares,
    anneal_strategy=st.sampled_from(["cos", "cos", "linear"]),
    div_factor=st.floats(1.0, 100.0),
    final_div_factor=st.floats(1.0, 1e5),
    three_phase=st.booleans(),
)
SWA = required(
    "SWALR", {"swa_lr": lrs}, anneal_epochs=st.integers(0, 30), anneal_strategy=st.sampled_from(["cos", "linear"])
)
RELATIVES = st.one_of(*RELATIVE.values())
ALONE = {
    **RELATIVE,
    "CosineAnnealingLR": COSINE,
    "CosineAnnealingWarmRestarts": RESTARTS,
    "CyclicLR": CYCLIC,
    "SWALR": SWA,
}
ANY = st.one_of(RELATIVES, COSINE, RESTARTS, CYCLIC, ONE_CYCLE)


@st.composite
def sequential(draw: st.DrawFn, members: st.SearchStrategy[Call]) -> Call:
    schedulers = draw(st.lists(members, min_size=1, max_size=4))
    size = len(schedulers) - 1
    points = sorted(draw(st.lists(st.integers(0, 50), min_size=size, max_size=size)))
    return {"scheduler": "SequentialLR", "arguments": {"schedulers": schedulers, "milestones": points}}


@st.composite
def chained(draw: st.DrawFn, members: st.SearchStrategy[Call]) -> Call:
    return {
        "scheduler": "ChainedScheduler",
        "arguments": {"schedulers": draw(st.lists(members, min_size=1, max_size=3))},
    }


@st.composite
def led_by(draw: st.DrawFn, leaders: st.SearchStrategy[Call]) -> Call:
    members, point = [draw(leaders), draw(RELATIVES)], draw(st.integers(0, 50))
    return {"scheduler": "SequentialLR", "arguments": {"schedulers": members, "milestones": [point]}}


COMPOSITES = {
    "sequential": sequential(ANY),
    "chained": chained(st.one_of(RELATIVES, COSINE)),
    "chained with others": chained(ANY),
    "nested": sequential(st.one_of(RELATIVES, COSINE, chained(st.one_of(RELATIVES, COSINE)), sequential(RELATIVES))),
    "nested first": led_by(
        st.one_of(sequential(st.one_of(RELATIVES, COSINE, RESTARTS)), chained(st.one_of(RELATIVES, COSINE)))
    ),
}


def build(optimizer: torch.optim.Optimizer, made: Call) -> Any:
    arguments = dict(made["arguments"])
    if "schedulers" in arguments:
        arguments["schedulers"] = [build(optimizer, inner) for inner in arguments["schedulers"]]
        if made["scheduler"] == "ChainedScheduler":
            return torch.optim.lr_scheduler.ChainedScheduler(**arguments, optimizer=optimizer)
    name = made["scheduler"]
    kind = torch.optim.swa_utils.SWALR if name == "SWALR" else getattr(torch.optim.lr_scheduler, name)
    return kind(optimizer, **arguments)


def run(made: Call, rates: list[float], epochs: int = EPOCHS) -> Columns:
    """What each group has at epochs 0, 1, 2, ... until torch raises; empty where it does so at once."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in rates]
    optimizer = torch.optim.SGD(groups, lr=rates[0], momentum=0.9)
    columns: list[list[float]] = [[] for _ in rates]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            scheduler = build(optimizer, made)
            for _ in range(epochs):
                for column, group in zip(columns, optimizer.param_groups, strict=True):
                    column.append(group["lr"])
                optimizer.step()
                scheduler.step()
        except (ZeroDivisionError, ValueError, NotImplementedError, OverflowError):
            pass
    return columns


@pytest.mark.parametrize("name", ALONE)
def test_a_scheduler_by_itself_is_imported_as_it_runs(name: str) -> None:
    @HUNDRED
    @given(ALONE[name], st.lists(lrs, min_size=1, max_size=3))
    def holds(made: Call, rates: list[float]) -> None:
        got = read("torch", made["scheduler"], made["arguments"], rates)

        assert differences(got, run(made, rates), 1e-9) == []

    holds()


@HUNDRED
@given(ONE_CYCLE, lrs)
def test_one_cycle_agrees_up_to_the_epoch_past_its_end_or_is_refused(made: Call, lr: float) -> None:
    columns = run(made, [lr])

    got = imported("torch", "OneCycleLR", made["arguments"], lr)

    if got:
        assert differences(got, columns, 1e-9) == []
    else:
        assert len(columns[0]) <= made["arguments"]["total_steps"] or min(columns[0]) < 0


@pytest.mark.parametrize("name", COMPOSITES)
def test_a_composite_agrees_or_is_refused(name: str) -> None:
    agreed: list[Call] = []

    @HUNDRED
    @given(COMPOSITES[name], st.lists(lrs, min_size=1, max_size=2))
    def holds(made: Call, rates: list[float]) -> None:
        columns = run(made, rates)

        got = imported("torch", made["scheduler"], made["arguments"], rates)

        if got:
            assert differences(got, columns, 1e-9) == []
            agreed.append(made)

    holds()
    assert agreed


@HUNDRED
@given(chained(RELATIVES), lrs)
def test_a_chain_of_factors_is_never_refused(made: Call, lr: float) -> None:
    columns = run(made, [lr])
    assume(len(columns[0]) == EPOCHS)

    got = read("torch", "ChainedScheduler", made["arguments"], lr)

    assert differences(got, columns, 1e-9) == []


@HUNDRED
@given(sequential(RELATIVES), lrs)
def test_a_sequence_of_factors_is_refused_only_where_torch_fails(made: Call, lr: float) -> None:
    columns = run(made, [lr])
    assume(len(columns[0]) == EPOCHS)

    got = read("torch", "SequentialLR", made["arguments"], lr)

    assert differences(got, columns, 1e-9) == []
