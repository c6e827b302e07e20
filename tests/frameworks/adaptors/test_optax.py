"""Optax trains at a run's learning rate: outside `jit`, and through a loop inside it."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
import pytest

from setpoint import Run
from setpoint.adaptors.optax import grant, with_lr
from setpoint.errors import InvalidRequest
from setpoint.testing import Service

STEPS = 40
X = jnp.linspace(-1.0, 1.0, 64).reshape(16, 4)
Y = X @ jnp.array([1.0, -2.0, 0.5, 3.0]) + 0.25
PARAMS = {"body": jnp.zeros(4), "head": jnp.zeros(())}
COSINE = {"kind": "cosine", "initial_lr": 0.3, "epochs": 30}
WARM = {"kind": "warmup", "warmup_epochs": 8, "warmup_initial_lr": 0.0, "schedule": {**COSINE, "min_lr": 0.03}}
STEP = {"kind": "step", "initial_lr": 0.3, "step_size": 7, "gamma": 0.5}


def loss(params: Any) -> jax.Array:
    return jnp.mean((X @ params["body"] + params["head"] - Y) ** 2)


def stepping(optimizer: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    """One update, compiled."""

    def step(params: Any, state: Any) -> tuple[Any, Any]:
        updates, state = optimizer.update(jax.grad(loss)(params), state, params)
        return optax.apply_updates(params, updates), state

    compiled: Callable[[Any, Any], tuple[Any, Any]] = jax.jit(step)
    return compiled


def trained(run: Run, optimizer: Any, steps: int = STEPS) -> tuple[Any, list[float]]:
    """The weights, and the learning rates as the optimizer had them."""
    step, params, state, rates = stepping(optimizer), PARAMS, optimizer.init(PARAMS), list[float]()
    for index in range(steps):
        state = with_lr(state, run, index)
        rates.append(float(state.hyperparams["learning_rate"]))
        params, state = step(params, state)
    return params, rates


@pytest.mark.parametrize(
    ("schedule", "own"),
    [
        (COSINE, optax.cosine_decay_schedule(0.3, 30)),
        (WARM, optax.warmup_cosine_decay_schedule(0.0, 0.3, 8, 38, 0.03)),
        (STEP, optax.exponential_decay(0.3, 7, 0.5, staircase=True)),
    ],
    ids=["cosine", "warm-up", "step"],
)
def test_a_whole_run_has_the_librarys_learning_rates_and_the_weights_of_a_loop_driven_by_them(
    schedule: dict[str, Any], own: Callable[[int], Any], served: Service, request: pytest.FixtureRequest
) -> None:
    adam = optax.inject_hyperparams(optax.adam)(learning_rate=0.1)
    with Run.join(served.url, f"whole-{request.node.callspec.id}", schedule=schedule, unit="step") as run:
        params, rates = trained(run, adam)
        sealed = [run.lr(step) for step in range(STEPS)]

    step, by_hand, state = stepping(adam), PARAMS, adam.init(PARAMS)
    for lr in sealed:
        state = state._replace(hyperparams={**state.hyperparams, "learning_rate": jnp.float32(lr)})
        by_hand, state = step(by_hand, state)

    assert max(abs(rate - float(own(index))) for index, rate in enumerate(rates)) <= 1e-6 * 0.3
    assert all(jnp.array_equal(params[name], by_hand[name]) for name in params)
    assert loss(params) < 0.1 * loss(PARAMS)


def test_a_change_is_followed_without_compiling_anew(served: Service) -> None:
    sgd = optax.inject_hyperparams(optax.sgd)(learning_rate=0.1)
    step, params, state, rates = stepping(sgd), PARAMS, sgd.init(PARAMS), list[float]()
    with Run.join(served.url, "changed", schedule=STEP, unit="step", max_lookahead=0) as run:
        for index in range(6):
            if index == 3:
                run.change("scale", factor=0.5, reason="x")
            state = with_lr(state, run, index)
            rates.append(float(state.hyperparams["learning_rate"]))
            params, state = step(params, state)

    assert rates == [pytest.approx(0.3)] * 3 + [pytest.approx(0.15)] * 3
    assert step._cache_size() == 1  # type: ignore[attr-defined]


def test_a_loop_that_is_compiled_as_a_whole_takes_the_grant_as_an_array(served: Service) -> None:
    sgd = optax.inject_hyperparams(optax.sgd)(learning_rate=0.1)
    step = stepping(sgd)

    def many(params: Any, state: Any, rates: jax.Array) -> tuple[Any, Any]:
        def one(carry: tuple[Any, Any], lr: jax.Array) -> tuple[tuple[Any, Any], None]:
            params, state = carry
            state = state._replace(hyperparams={**state.hyperparams, "learning_rate": lr})
            return step(params, state), None

        carry: tuple[Any, Any] = jax.lax.scan(one, (params, state), rates)[0]
        return carry

    compiled = jax.jit(many)
    with Run.join(served.url, "scanned", schedule=COSINE, unit="step", max_lookahead=9) as run:
        params, state = PARAMS, sgd.init(PARAMS)
        for first in range(0, STEPS, 10):
            params, state = compiled(params, state, grant(run, first, 10))
        singly, _ = trained(run, sgd)

    assert all(jnp.allclose(params[name], singly[name], rtol=1e-5) for name in params)
    assert compiled._cache_size() == 1


def test_groups_are_the_labels_of_a_partition_and_hyperparameters_come_along(served: Service) -> None:
    settings: dict[str, Any] = {
        "groups": {"head": {"kind": "constant", "initial_lr": 0.05}},
        "hyperparameters": {"momentum": {"kind": "linear", "initial_lr": 0.9, "final_lr": 0.5, "epochs": 4}},
    }
    sgd = optax.inject_hyperparams(optax.sgd)(learning_rate=0.1, momentum=0.9)
    both = optax.chain(optax.clip(1.0), optax.partition({"head": sgd, "body": sgd}, {"body": "body", "head": "head"}))
    with Run.join(served.url, "groups", schedule=STEP, **settings) as run:
        state = both.init(PARAMS)
        for epoch in range(3):
            state = with_lr(state, run, epoch)
        heads = grant(run, 2, 2, group="head")

    inner = {label: each.inner_state.hyperparams for label, each in state[1].inner_states.items()}
    assert float(inner["body"]["learning_rate"]) == pytest.approx(0.3)
    assert float(inner["head"]["learning_rate"]) == pytest.approx(0.05)
    assert [float(each["momentum"]) for each in inner.values()] == [pytest.approx(0.7)] * 2
    assert heads.tolist() == [pytest.approx(0.05)] * 2


def test_an_optimizer_that_can_not_be_set_says_what_to_change(served: Service) -> None:
    with Run.join(served.url, "refused", schedule=STEP) as run:
        with pytest.raises(InvalidRequest, match=r"no learning_rate that can be set: wrap .*inject_hyperparams"):
            with_lr(optax.sgd(0.1).init(PARAMS), run, 0)
        scheduled = optax.inject_hyperparams(optax.sgd)(learning_rate=optax.cosine_decay_schedule(0.1, 9))
        with pytest.raises(InvalidRequest, match="is a schedule, which would be in the way: build it with a number"):
            with_lr(scheduled.init(PARAMS), run, 0)
