"""Schedules for torch: its own schedulers where they say the same at every epoch, else a LambdaLR."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from setpoint.interop.writing.composite import rise
from setpoint.interop.writing.exported import Exported
from setpoint.interop.writing.lambda_lr import Native, by_formula, exported
from setpoint.interop.writing.layout import wrapped
from setpoint.interop.writing.text import call, number, whole
from setpoint.schedules.basic import Constant, MultiStep, Step
from setpoint.schedules.compose import Warmup
from setpoint.schedules.cycle import CosineRestarts, Cyclic
from setpoint.schedules.decay import Cosine, Exponential, Linear, Polynomial
from setpoint.schedules.spec import Spec
from setpoint.schedules.warm import OneCycle

USE = """
optimizer = torch.optim.SGD(model.parameters(), lr=INITIAL_LR)
scheduler = make_scheduler(optimizer)  # sets the learning rate of every parameter group

Train an epoch, then call scheduler.step(). Where the schedule counts optimizer steps, call it after each of those.
"""
DRIFT = "torch computes each value from the one before it, so rounding adds up: by less than 1e-9 of the peak."
MOST_INLINE = 8
MODULE = "from torch.optim.lr_scheduler import "


def write(spec: Spec) -> Exported:
    """Code that defines `INITIAL_LR` and `make_scheduler(optimizer)`."""
    native = _native(spec)
    if native is None:
        plain = by_formula("torch", spec, "epoch", USE)
        return Exported("torch", plain.code, _why_not(spec))
    return exported("torch", spec, native, USE)


def _why_not(spec: Spec) -> tuple[str, ...]:
    if isinstance(spec, OneCycle):
        return (
            "OneCycleLR raises an error past its last epoch, where this schedule goes on: the formula is written out.",
        )
    if isinstance(spec, Cosine) and spec.past_end == "hold":
        return ("CosineAnnealingLR rises again past T_max, where this schedule holds: the formula is written out.",)
    return ()


def _native(spec: Spec) -> Native | None:
    write = _NATIVE.get(type(spec))
    return write(spec) if write else None


def _scheduler(initial_lr: float, name: str, *notes: str, **named: str) -> Native:
    return Native(initial_lr, call(name, "optimizer", **named), (MODULE + name,), notes=notes)


def _constant(spec: Constant) -> Native:
    return _scheduler(spec.initial_lr, "ConstantLR", factor="1.0")


def _step(spec: Step) -> Native:
    return _scheduler(spec.initial_lr, "StepLR", DRIFT, step_size=str(spec.step_size), gamma=number(spec.gamma))


def _multistep(spec: MultiStep) -> Native:
    gamma = number(spec.gamma)
    if len(spec.milestones) <= MOST_INLINE:
        return _scheduler(spec.initial_lr, "MultiStepLR", DRIFT, milestones=str(list(spec.milestones)), gamma=gamma)
    milestones = "\n".join(wrapped("MILESTONES = ", spec.milestones, ""))
    listed = _scheduler(spec.initial_lr, "MultiStepLR", DRIFT, milestones="MILESTONES", gamma=gamma)
    return replace(listed, constants=(milestones,))


def _exponential(spec: Exponential) -> Native | None:
    length, gamma = spec.decay_epochs, number(spec.gamma)
    if spec.staircase:
        if not length.is_integer():
            return None
        return _scheduler(spec.initial_lr, "StepLR", DRIFT, step_size=whole(length), gamma=gamma)
    per_epoch = gamma if length == 1 else f"{gamma} ** (1 / {whole(length)})"
    return _scheduler(spec.initial_lr, "ExponentialLR", DRIFT, gamma=per_epoch)


def _linear(spec: Linear) -> Native | None:
    start, final, peak = spec.initial_lr, spec.final_lr, max(spec.initial_lr, spec.final_lr)
    if spec.past_end != "hold" or start == 0:
        return None
    factors = {
        "start_factor": "1.0" if start == peak else f"{number(start)} / {number(peak)}",
        "end_factor": "1.0" if final == peak else "0.0" if final == 0 else f"{number(final)} / {number(peak)}",
    }
    return _scheduler(peak, "LinearLR", DRIFT, **factors, total_iters=str(spec.epochs))


def _polynomial(spec: Polynomial) -> Native | None:
    if spec.past_end != "hold" or spec.min_lr != 0 or spec.time_power != 1:
        return None
    power = number(spec.power)
    return _scheduler(spec.initial_lr, "PolynomialLR", DRIFT, total_iters=str(spec.epochs), power=power)


def _cosine(spec: Cosine) -> Native | None:
    length = spec.epochs / (2 * spec.cycles)
    if spec.past_end != "continue" or spec.power != 1 or spec.time_power != 1 or not length.is_integer():
        return None
    low = {"eta_min": number(spec.min_lr)} if spec.min_lr else {}
    return _scheduler(spec.initial_lr, "CosineAnnealingLR", DRIFT, T_max=whole(length), **low)


def _cosine_restarts(spec: CosineRestarts) -> Native | None:
    whole_cycles = spec.cycle_epochs.is_integer() and spec.cycle_mult.is_integer()
    if not whole_cycles or spec.cycle_decay != 1 or spec.cycles is not None or spec.time_power != 1:
        return None
    named = {"T_0": whole(spec.cycle_epochs)}
    if spec.cycle_mult != 1:
        named["T_mult"] = whole(spec.cycle_mult)
    if spec.min_lr:
        named["eta_min"] = number(spec.min_lr)
    return _scheduler(spec.initial_lr, "CosineAnnealingWarmRestarts", **named)


def _cyclic(spec: Cyclic) -> Native | None:
    if spec.cycle_decay != 1 or spec.up_stairs or spec.down_stairs:
        return None
    named = {"base_lr": number(spec.min_lr), "max_lr": number(spec.peak_lr), "step_size_up": str(spec.up_epochs)}
    if spec.down_epochs not in (None, spec.up_epochs):
        named["step_size_down"] = str(spec.down_epochs)
    if spec.mode != "triangular":
        named["mode"] = f'"{spec.mode}"'
    if spec.mode == "exp_range":
        named["gamma"] = number(spec.gamma)
    return _scheduler(spec.min_lr, "CyclicLR", **named, cycle_momentum="False")


def _warmup(spec: Warmup) -> Native | None:
    """A SequentialLR of two schedulers that start from the same learning rate; never one inside another."""
    first, then = rise(spec), _native(spec.schedule)
    if not isinstance(first, Linear) or first.final_lr < first.initial_lr or spec.clock != "local" or then is None:
        return None
    before = _linear(first)
    if isinstance(spec.schedule, (Warmup, Cyclic)) or before is None or before.initial_lr != then.initial_lr:
        return None
    milestones = f"[{spec.warmup_epochs}]"
    members = f"[{before.expression}, {then.expression}]"
    expression = call("SequentialLR", "optimizer", members, milestones=milestones)
    names = sorted({line.removeprefix(MODULE) for line in (*before.imports, *then.imports)} | {"SequentialLR"})
    return Native(then.initial_lr, expression, (MODULE + ", ".join(names),), then.constants, (DRIFT,))


_NATIVE: dict[type[Spec], Callable[[Any], Native | None]] = {
    Constant: _constant,
    Step: _step,
    MultiStep: _multistep,
    Exponential: _exponential,
    Linear: _linear,
    Polynomial: _polynomial,
    Cosine: _cosine,
    CosineRestarts: _cosine_restarts,
    Cyclic: _cyclic,
    Warmup: _warmup,
}
