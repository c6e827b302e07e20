"""Optax's schedules, run in float64 and imported with the same arguments."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frameworks.imported import HUNDRED, differences, imported

EPOCHS = 90
Call = dict[str, Any]

lrs = st.floats(1e-4, 1.0)
steps = st.integers(0, 50)
begins = st.integers(-3, 20)
scales = st.dictionaries(st.integers(0, 60), st.floats(0.0, 2.0), min_size=1, max_size=5)


def call(scheduler: str, needed: dict[str, Any], **optional: Any) -> st.SearchStrategy[Call]:
    chosen = st.fixed_dictionaries(needed, optional=optional)
    return chosen.map(lambda arguments: {"scheduler": scheduler, "arguments": arguments})


LINE = {"init_value": lrs, "end_value": lrs, "transition_steps": steps}
DECAY = {"transition_steps": steps, "decay_rate": st.floats(0.0, 1.2)}
WARMUP = {"init_value": lrs, "peak_value": lrs, "warmup_steps": st.integers(0, 30)}
COSINE = {**WARMUP, "decay_steps": st.integers(0, 80)}
CYCLE = {"transition_steps": st.integers(1, 80), "peak_value": lrs}
SHARES = {"pct_start": st.floats(0.0, 1.0), "div_factor": st.floats(1.0, 50.0), "final_div_factor": st.floats(1.0, 1e4)}
LATE: dict[str, Any] = {"transition_begin": begins, "staircase": st.booleans(), "end_value": st.floats(0.0, 0.5)}

SCHEDULES = {
    "constant_schedule": call("constant_schedule", {"value": lrs}),
    "linear_schedule": call("linear_schedule", LINE, transition_begin=begins),
    "polynomial_schedule": call("polynomial_schedule", {**LINE, "power": st.floats(0.2, 4.0)}, transition_begin=begins),
    "piecewise_constant_schedule": call(
        "piecewise_constant_schedule", {"init_value": lrs}, boundaries_and_scales=scales
    ),
    "piecewise_interpolate_schedule": call(
        "piecewise_interpolate_schedule",
        {"interpolate_type": st.sampled_from(["linear", "cosine"]), "init_value": lrs, "boundaries_and_scales": scales},
    ),
    "exponential_decay": call("exponential_decay", {"init_value": lrs, **DECAY}, **LATE),
    "cosine_decay_schedule": call(
        "cosine_decay_schedule",
        {"init_value": lrs, "decay_steps": steps},
        alpha=st.floats(0.0, 1.5),
        exponent=st.floats(0.3, 3.0),
    ),
    "linear_onecycle_schedule": call("linear_onecycle_schedule", CYCLE, **SHARES, pct_final=st.floats(0.0, 1.0)),
    "cosine_onecycle_schedule": call("cosine_onecycle_schedule", CYCLE, **SHARES),
    "warmup_constant_schedule": call("warmup_constant_schedule", WARMUP),
    "warmup_cosine_decay_schedule": call(
        "warmup_cosine_decay_schedule", COSINE, end_value=st.floats(0.0, 0.5), exponent=st.floats(0.3, 3.0)
    ),
    "warmup_exponential_decay_schedule": call("warmup_exponential_decay_schedule", {**WARMUP, **DECAY}, **LATE),
    "sgdr_schedule": call(
        "sgdr_schedule", {"cosine_kwargs": st.lists(st.fixed_dictionaries(COSINE), min_size=1, max_size=4)}
    ),
}


@st.composite
def joined(draw: st.DrawFn) -> Call:
    members = draw(st.lists(st.one_of(*SCHEDULES.values()), min_size=1, max_size=4))
    size = len(members) - 1
    boundaries = sorted(draw(st.lists(st.integers(0, 60), min_size=size, max_size=size)))
    return {"scheduler": "join_schedules", "arguments": {"schedules": members, "boundaries": boundaries}}


def build(made: Call) -> Callable[[Any], Any]:
    arguments = dict(made["arguments"])
    if "schedules" in arguments:
        arguments["schedules"] = [build(inner) for inner in arguments["schedules"]]
    schedule: Callable[[Any], Any] = getattr(optax.schedules, made["scheduler"])(**arguments)
    return schedule


def run(made: Call) -> list[float]:
    """What it gives at counts 0, 1, 2, ...; nothing where it can't be made."""
    with jax.enable_x64(True):
        try:
            schedule = build(made)
        except ValueError:
            return []

        def value(count: Any) -> Any:
            return jnp.asarray(schedule(count), dtype=float)

        values = jax.vmap(value)(jnp.arange(EPOCHS))
        return [float(value) for value in values]


@pytest.mark.parametrize("made", [*SCHEDULES.values(), joined()], ids=[*SCHEDULES, "join_schedules"])
def test_a_schedule_is_imported_as_it_runs_or_refused_where_optax_refuses(made: st.SearchStrategy[Call]) -> None:
    @HUNDRED
    @given(made)
    def holds(made: Call) -> None:
        column = run(made)

        got = imported("optax", made["scheduler"], made["arguments"], None)

        assert differences(got, [column], 1e-12) == [] if got else not column

    holds()
