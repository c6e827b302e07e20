"""A scheduler of torch as it stands in a program, read back into the call that made it."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler

from setpoint.adaptors.torch.initial import Begun
from setpoint.errors import NotConvertible

Call = dict[str, Any]

_log = logging.getLogger("setpoint")

ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "StepLR": {"step_size": "step_size", "gamma": "gamma"},
    "MultiStepLR": {"milestones": "milestones", "gamma": "gamma"},
    "ConstantLR": {"factor": "factor", "total_iters": "total_iters"},
    "LinearLR": {"start_factor": "start_factor", "end_factor": "end_factor", "total_iters": "total_iters"},
    "ExponentialLR": {"gamma": "gamma"},
    "PolynomialLR": {"total_iters": "total_iters", "power": "power"},
    "CosineAnnealingLR": {"T_max": "T_max", "eta_min": "eta_min"},
    "CosineAnnealingWarmRestarts": {"T_0": "T_0", "T_mult": "T_mult", "eta_min": "eta_min"},
    "ReduceLROnPlateau": {
        **{name: name for name in ("mode", "factor", "patience", "threshold", "threshold_mode", "cooldown", "eps")},
        "min_lr": "min_lrs",
    },
}
"""By scheduler: its arguments, and the attributes that it keeps them in."""

HUGGING_FACE: Mapping[str, str] = {
    "_get_constant_lambda": "constant",
    "_get_constant_schedule_with_warmup_lr_lambda": "constant_with_warmup",
    "_get_linear_schedule_with_warmup_lr_lambda": "linear",
    "_get_cosine_schedule_with_warmup_lr_lambda": "cosine",
    "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda": "cosine_with_restarts",
    "_get_polynomial_decay_schedule_with_warmup_lr_lambda": "polynomial",
    "_get_inverse_sqrt_schedule_lr_lambda": "inverse_sqrt",
    "_get_cosine_with_min_lr_schedule_with_warmup_lr_rate_lambda": "cosine_warmup_with_min_lr",
    "_get_wsd_scheduler_lambda": "warmup_stable_decay",
}
"""The functions that Hugging Face's schedules are made of, and what those are called."""


def settings(scheduler: LRScheduler, begun: Sequence[Begun]) -> dict[str, Any]:
    """What a run with the values of `scheduler` is made with, on an optimizer of these parameter groups.

    Raises:
        NotConvertible: it can't be said as a schedule without changing its values.
    """
    from setpoint.interop.registry import read

    library, call = _call(scheduler, begun[0].initial_lr)
    imported = read(library, call["scheduler"], call["arguments"], [group.initial_lr for group in begun])
    for note in imported.notes:
        _log.warning("%s is taken over, but %s", type(scheduler).__name__, note)
    made: dict[str, Any] = {"schedule": imported.schedule.plain()}
    if any(spec != imported.schedule for spec in imported.groups.values()):
        made["groups"] = {begun[int(number)].name: spec.plain() for number, spec in imported.groups.items()}
    if imported.plateau is not None:
        made["plateau"] = imported.plateau.model_dump(mode="json")
    epoch = _epoch(scheduler)
    if epoch > 0:
        made["start_epoch"] = epoch
    return made


def _call(scheduler: LRScheduler, lr: float) -> tuple[str, Call]:
    """The library, and the call that made it where the first parameter group began with `lr`."""
    name = type(scheduler).__name__
    if name == "LambdaLR":
        return "transformers", _hugging_face(scheduler, lr)
    if name not in ATTRIBUTES and name not in _ARGUMENTS:
        raise NotConvertible(f"{name} is none of torch's schedulers whose values can be known without running it")
    return "torch", {"scheduler": name, "arguments": _arguments(name, scheduler)}


def _arguments(name: str, scheduler: LRScheduler) -> dict[str, Any]:
    if name in _ARGUMENTS:
        return _ARGUMENTS[name](scheduler)
    return {argument: _plain(getattr(scheduler, kept)) for argument, kept in ATTRIBUTES[name].items()}


def _sequential(scheduler: Any) -> dict[str, Any]:
    return {**_members(scheduler), "milestones": list(scheduler._milestones)}  # noqa: SLF001 - kept nowhere else


def _members(scheduler: Any) -> dict[str, Any]:
    calls = [_call(member, 0.0) for member in scheduler._schedulers]  # noqa: SLF001
    if any(library != "torch" for library, _ in calls):
        raise NotConvertible(f"{type(scheduler).__name__} of functions: only running them would tell their values")
    return {"schedulers": [call for _, call in calls]}


def _cyclic(scheduler: Any) -> dict[str, Any]:
    up = scheduler.total_size * scheduler.step_ratio
    if scheduler._scale_fn_custom is not None:  # noqa: SLF001
        raise NotConvertible("the scale_fn of CyclicLR is a function, and only running it would tell its values")
    return {
        "base_lr": _plain(scheduler.base_lrs),
        "max_lr": _plain(scheduler.max_lrs),
        "step_size_up": round(up),
        "step_size_down": round(scheduler.total_size - up),
        "mode": scheduler.mode,
        "gamma": _plain(scheduler.gamma),
        "cycle_momentum": scheduler.cycle_momentum,
    }


def _one_cycle(scheduler: Any) -> dict[str, Any]:
    """Its numbers are kept in the optimizer, and its shares as the steps that they end at."""
    first = scheduler.optimizer.param_groups[0]
    phases = scheduler._schedule_phases  # noqa: SLF001
    return {
        "max_lr": [_plain(group["max_lr"]) for group in scheduler.optimizer.param_groups],
        "total_steps": scheduler.total_steps,
        "pct_start": (phases[0]["end_step"] + 1) / scheduler.total_steps,
        "anneal_strategy": scheduler._anneal_func_type,  # noqa: SLF001
        "div_factor": _plain(first["max_lr"]) / _plain(first["initial_lr"]),
        "final_div_factor": _plain(first["initial_lr"]) / _plain(first["min_lr"]),
        "three_phase": len(phases) > 2,
        "cycle_momentum": scheduler.cycle_momentum,
    }


def _averaging(scheduler: Any) -> dict[str, Any]:
    return {
        "swa_lr": [_plain(group["swa_lr"]) for group in scheduler.optimizer.param_groups],
        "anneal_epochs": scheduler.anneal_epochs,
        "anneal_strategy": scheduler._anneal_strategy,  # noqa: SLF001
    }


_ARGUMENTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "SequentialLR": _sequential,
    "ChainedScheduler": _members,
    "CyclicLR": _cyclic,
    "OneCycleLR": _one_cycle,
    "SWALR": _averaging,
}


def _hugging_face(scheduler: Any, lr: float) -> Call:
    """The call of the function of Hugging Face's that made this LambdaLR."""
    function, keywords = _named(scheduler.lr_lambdas[0])
    if any(_named(each) != (function, keywords) for each in scheduler.lr_lambdas):
        raise NotConvertible("a LambdaLR with another function for each parameter group: make a run of each")
    name = HUGGING_FACE[function]
    if name == "cosine" and "min_lr_rate" in keywords:
        name = "cosine_with_min_lr"
    lr_init = keywords.pop("lr_init", None)
    if lr_init is not None and lr_init != lr:
        raise NotConvertible("the first parameter group does not begin with the optimizer's default learning rate")
    return {"scheduler": name, "arguments": {key: value for key, value in keywords.items() if value is not None}}


def _named(function: Any) -> tuple[str, dict[str, Any]]:
    """A function of Hugging Face's by its name, and what was given to it.

    Raises:
        NotConvertible: it is the user's own.
    """
    inner = function.func if isinstance(function, partial) else function
    name = getattr(inner, "__name__", type(inner).__name__)
    if getattr(inner, "__module__", None) != "transformers.optimization" or name not in HUGGING_FACE:
        raise NotConvertible(f"LambdaLR calls {name}, and only running that would tell its values")
    return name, dict(function.keywords) if isinstance(function, partial) else {}


def _epoch(scheduler: Any) -> int:
    """The epoch that it is at; a ChainedScheduler does not know its own."""
    epoch: int = scheduler.last_epoch if hasattr(scheduler, "last_epoch") else _epoch(scheduler._schedulers[0])  # noqa: SLF001
    if epoch > 0 and type(scheduler).__name__ == "ReduceLROnPlateau":
        raise NotConvertible(
            "what ReduceLROnPlateau remembers of the metrics so far can't be taken over: begin with it"
        )
    return epoch


def _plain(value: Any) -> Any:
    """As JSON has it: Tensors are numbers, and a Counter (of milestones) is the list of what it counted."""
    if isinstance(value, Tensor):
        return value.item()
    if isinstance(value, Counter):
        return sorted(value.elements())
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
