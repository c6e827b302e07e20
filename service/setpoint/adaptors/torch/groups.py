"""An optimizer's parameter groups: what they are called, what they began with, and how values get into them."""

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from setpoint.adaptors.torch.initial import Begun
from setpoint.client.grant import Values
from setpoint.errors import InvalidRequest

ParamGroup = dict[str, Any]


def bare(optimizer: Any) -> Optimizer:
    """The optimizer itself, where it comes wrapped (by Accelerate).

    Raises:
        TypeError: it is none.
    """
    inner = getattr(optimizer, "optimizer", optimizer)
    if not isinstance(inner, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return inner


def names(optimizer: Optimizer) -> list[str]:
    """What each parameter group is called: its `name`, or its number.

    Raises:
        InvalidRequest: two have one name.
    """
    found = [str(group.get("name", number)) for number, group in enumerate(optimizer.param_groups)]
    if len(set(found)) < len(found):
        raise InvalidRequest(f"two parameter groups of the optimizer have one name: {', '.join(found)}")
    return found


def begun(optimizer: Optimizer) -> list[Begun]:
    """What the groups were made with, whatever a scheduler has made of it since."""
    return [
        Begun(name, float(group.get("initial_lr", group["lr"])), float(group["lr"]))
        for name, group in zip(names(optimizer), optimizer.param_groups, strict=True)
    ]


def fits(optimizer: Optimizer, groups: Iterable[str], hyperparameters: Iterable[str]) -> None:
    """See that there is a place for each value of the run.

    Raises:
        InvalidRequest: the run has a group or a hyperparameter that the optimizer does not have.
    """
    there = names(optimizer)
    for name in groups:
        if name not in there:
            raise InvalidRequest(
                f"the run has a group {name!r}, and the optimizer's parameter groups are called {', '.join(there)}: "
                f"name one so, {{'params': ..., 'name': {name!r}}}"
            )
    for name in hyperparameters:
        if not any(_has(group, name) for group in optimizer.param_groups):
            detail = f"the run has a hyperparameter {name!r}, and {type(optimizer).__name__} has none of that name"
            raise InvalidRequest(detail)


def lrs(optimizer: Optimizer, values: Values) -> list[float]:
    """The learning rate of each parameter group: its own, or the run's."""
    return [values.groups.get(name, values.lr) for name in names(optimizer)]


def put_lrs(optimizer: Optimizer, values: Values) -> list[Any]:
    """Set them; as they are then, free of the optimizer's own."""
    for group, lr in zip(optimizer.param_groups, lrs(optimizer, values), strict=True):
        put(group, "lr", lr)
    held = [group["lr"] for group in optimizer.param_groups]
    return [lr.clone() if isinstance(lr, Tensor) else lr for lr in held]


def put(group: ParamGroup, key: str, value: float) -> None:
    """Set a value in its place: a Tensor is filled, for compiled steps hold on to it."""
    if isinstance(group[key], Tensor):
        group[key].fill_(value)
    else:
        group[key] = value


def put_hyperparameters(optimizer: Optimizer, values: Mapping[str, float]) -> None:
    """Set them in every group that has them; Adam's momentum is the first of its betas, as for torch's OneCycleLR."""
    for group in optimizer.param_groups:
        for name, value in values.items():
            if name in group:
                put(group, name, value)
            elif name == "momentum" and "betas" in group:
                group["betas"] = (value, *group["betas"][1:])


def _has(group: ParamGroup, name: str) -> bool:
    return name in group or (name == "momentum" and "betas" in group)
