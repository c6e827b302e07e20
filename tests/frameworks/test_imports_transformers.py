"""Hugging Face's schedules, run and imported with the same arguments."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.optimization import get_scheduler

from setpoint.interop.registry import read
from tests.frameworks.imported import HUNDRED, Columns, differences, imported

EPOCHS = 130
Arguments = dict[str, Any]

lrs = st.floats(1e-5, 1.0)
warmups = st.one_of(st.integers(0, 30), st.sampled_from([2.5, 0.5, 7.25, 0.1 * 33, 1 / 3]))
whole_warmups = st.integers(0, 30)
steps = st.integers(0, 100)
cycles = st.one_of(st.integers(1, 9), st.floats(0.1, 5.0))
kinds = st.sampled_from(["linear", "cosine", "1-sqrt"])


def specific(needed: dict[str, Any], **optional: Any) -> st.SearchStrategy[Arguments]:
    return st.fixed_dictionaries(needed, optional=optional)


@st.composite
def both(draw: st.DrawFn, some: st.SearchStrategy[Arguments], others: st.SearchStrategy[Arguments]) -> Arguments:
    return draw(some) | draw(others)


TRAINED = {"num_warmup_steps": warmups, "num_training_steps": steps}
FLOOR = st.one_of(
    specific({"min_lr": st.floats(0.0, 0.1)}, num_cycles=cycles),
    specific({"min_lr_rate": st.floats(0.0, 1.0)}, num_cycles=cycles),
)

SCHEDULES = {
    "linear": specific(TRAINED),
    "cosine": specific(TRAINED, num_cycles=cycles),
    "polynomial": specific(TRAINED, lr_end=st.floats(0.0, 1e-5), power=st.floats(0.2, 4.0)),
    "constant": specific({}),
    "constant_with_warmup": specific({"num_warmup_steps": warmups}),
    "inverse_sqrt": specific({"num_warmup_steps": warmups}, timescale=st.integers(1, 500)),
    "cosine_with_min_lr": both(specific(TRAINED), FLOOR),
    "cosine_with_restarts": specific(
        {"num_warmup_steps": whole_warmups, "num_training_steps": steps},
        num_cycles=st.one_of(st.integers(1, 60), st.floats(0.1, 9.0)),
    ),
    "cosine_warmup_with_min_lr": both(
        specific({"num_warmup_steps": whole_warmups, "num_training_steps": steps}, warmup_lr_rate=st.floats(0.0, 1.0)),
        FLOOR,
    ),
    "warmup_stable_decay": specific(
        {"num_warmup_steps": whole_warmups, "num_decay_steps": st.integers(0, 50), "num_training_steps": steps},
        num_stable_steps=st.integers(0, 50),
        warmup_type=kinds,
        decay_type=kinds,
        min_lr_ratio=st.floats(0.0, 1.0),
        num_cycles=cycles,
    ),
}


def run(name: str, arguments: Arguments, rates: list[float]) -> Columns:
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in rates]
    optimizer = torch.optim.SGD(groups, lr=rates[0])
    known = {key: value for key, value in arguments.items() if key in ("num_warmup_steps", "num_training_steps")}
    others = {key: value for key, value in arguments.items() if key not in known}
    columns: list[list[float]] = [[] for _ in rates]
    try:
        scheduler = get_scheduler(name, optimizer, **known, scheduler_specific_kwargs=others)
        for _ in range(EPOCHS):
            for column, group in zip(columns, optimizer.param_groups, strict=True):
                column.append(group["lr"])
            optimizer.step()
            scheduler.step()
    except (ZeroDivisionError, ValueError):
        pass
    return columns


@pytest.mark.filterwarnings("ignore:Both num_training_steps and num_stable_steps")
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_is_imported_as_it_runs_or_refused_where_it_fails(name: str) -> None:
    @HUNDRED
    @given(SCHEDULES[name], st.lists(lrs, min_size=1, max_size=2))
    def holds(arguments: Arguments, rates: list[float]) -> None:
        columns = run(name, arguments, rates)

        got = imported("transformers", name, arguments, rates)

        assert differences(got, columns, 1e-11) == [] if got else len(columns[0]) < EPOCHS

    holds()


def test_a_restart_that_rounding_moves_is_moved_here_too() -> None:
    arguments = {"num_warmup_steps": 0, "num_training_steps": 98, "num_cycles": 49}

    got = read("transformers", "cosine_with_restarts", arguments, 1.0)

    column = run("cosine_with_restarts", arguments, [1.0])
    assert min(column[0][:98:2]) < 0.1  # each of them should have been 1
    assert differences(got, column, 1e-11) == []
