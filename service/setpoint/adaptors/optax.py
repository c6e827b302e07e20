"""Optax: a run's learning rate in an optimizer's state, outside `jit`, or as an array for a loop inside it.

    from setpoint.adaptors.optax import grant, with_lr

    optimizer = optax.inject_hyperparams(optax.adam)(learning_rate=0.1)
    ...
    state = with_lr(state, run, step)

Either way the compiled step takes the learning rate as data: a change compiles nothing anew.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from optax.schedules import InjectStatefulHyperparamsState

from setpoint.client.run import Run
from setpoint.errors import InvalidRequest


def with_lr(state: Any, run: Run, epoch: int) -> Any:
    """The state of an optimizer, with the learning rate of `epoch`, and the run's hyperparameters of their names.

    Under a label of `optax.partition` stand the learning rates of the group of that name, where the run has it.

    Raises:
        InvalidRequest: the state has no such hyperparameter, or one with a schedule of its own.
        SetpointError: as `Run.lr` does.
    """
    values = run.values(epoch)
    given = {"learning_rate": values.lr, **values.hyperparameters}
    found = set[str]()

    def placed(path: tuple[Any, ...], part: Any) -> Any:
        if not _is_injected(part):
            return part
        label = next((key.key for key in reversed(path) if getattr(key, "key", None) in values.groups), None)
        there = given if label is None else {**given, "learning_rate": values.groups[label]}
        found.update(set(there) & set(part.hyperparams))
        return _injected(part, there)

    changed = jax.tree_util.tree_map_with_path(placed, state, is_leaf=_is_injected)
    missing = sorted(set(given) - found)
    if missing:
        raise InvalidRequest(
            f"the optimizer's state has no {', '.join(missing)} that can be set: wrap what makes the optimizer, "
            f"optax.inject_hyperparams(optax.sgd)({', '.join(f'{name}=0.1' for name in given)})"
        )
    return changed


def grant(run: Run, epoch: int, count: int, *, group: str | None = None, dtype: Any = jnp.float32) -> jax.Array:
    """The learning rates of the `count` epochs from `epoch` on, sealed, for a loop that is compiled as a whole.

    It has one shape however long the grant is, so that `lax.scan` over it is compiled once. A change waits until the
    loop is through.

    Raises:
        InvalidRequest: the run grants no window of that many.
        SetpointError: as `Run.lr` does.
    """
    window = run.window(epoch, count)
    return jnp.asarray([values.lr if group is None else values.groups[group] for values in window], dtype=dtype)


def _is_injected(part: Any) -> bool:
    return isinstance(part, InjectStatefulHyperparamsState)


def _injected(state: Any, given: Mapping[str, float]) -> Any:
    """`state` with what is `given`, where it has a place for it."""
    names = set(given) & set(state.hyperparams)
    scheduled = sorted(names & set(state.hyperparams_states))
    if scheduled:
        raise InvalidRequest(
            f"{', '.join(scheduled)} of the optimizer is a schedule, which would be in the way: build it with a "
            f"number, inject_hyperparams(...)({scheduled[0]}=0.1), and give the schedule to the run"
        )
    there = {name: jnp.asarray(given[name], dtype=state.hyperparams[name].dtype) for name in names}
    return state._replace(hyperparams={**state.hyperparams, **there})
