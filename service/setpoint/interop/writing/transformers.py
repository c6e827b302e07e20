"""Schedules for transformers: its own `get_..._schedule` where that says the same at every step, else a LambdaLR."""

from collections.abc import Callable
from typing import Any

from setpoint.interop.writing.composite import rise
from setpoint.interop.writing.exported import Exported
from setpoint.interop.writing.lambda_lr import Native, by_formula, exported
from setpoint.interop.writing.text import call, number, whole
from setpoint.schedules.basic import Constant
from setpoint.schedules.compose import Warmup
from setpoint.schedules.cycle import CosineRestarts
from setpoint.schedules.decay import Cosine, Linear, Polynomial
from setpoint.schedules.spec import Spec
from setpoint.schedules.warm import WSD, InverseSqrt

USE = """
optimizer = torch.optim.AdamW(model.parameters(), lr=INITIAL_LR)
scheduler = make_scheduler(optimizer)  # sets the learning rate of every parameter group
trainer = Trainer(model, args, optimizers=(optimizer, scheduler), ...)

The Trainer calls scheduler.step() after each optimizer step: that is what the schedule counts here.
"""
RISES = "cosine schedules of transformers rise again past their end, where this one holds: the formula is written out."
MOST_CYCLES = 1000


def write(spec: Spec) -> Exported:
    """Code that defines `INITIAL_LR` and `make_scheduler(optimizer)`."""
    native = _native(spec)
    if native is not None:
        return exported("transformers", spec, native, USE)
    plain = by_formula("transformers", spec, "step", USE)
    body = spec.schedule if isinstance(spec, Warmup) else spec
    holds = isinstance(body, Cosine) and body.past_end == "hold"
    return Exported("transformers", plain.code, (RISES,) if holds else ())


def _native(spec: Spec) -> Native | None:
    if not isinstance(spec, Warmup):
        return _after_warmup(spec, 0)
    first = rise(spec)
    from_nothing = isinstance(first, Linear) and first.initial_lr == 0 and spec.clock == "local"
    if not from_nothing or first.final_lr != spec.schedule.lr(0):
        return None
    return _after_warmup(spec.schedule, spec.warmup_epochs)


def _after_warmup(spec: Spec, warmup: int) -> Native | None:
    write = _NATIVE.get(type(spec))
    return write(spec, warmup) if write else None


def _schedule(peak: float, name: str, named: dict[str, str], *, reads_defaults: bool = False) -> Native:
    imports = (f"from transformers import {name}",)
    return Native(peak, call(name, "optimizer", **named), imports, reads_defaults=reads_defaults)


def _steps(warmup: int, epochs: int) -> dict[str, str]:
    return {"num_warmup_steps": str(warmup), "num_training_steps": str(warmup + epochs)}


def _constant(spec: Constant, warmup: int) -> Native:
    if warmup == 0:
        return _schedule(spec.initial_lr, "get_constant_schedule", {})
    return _schedule(spec.initial_lr, "get_constant_schedule_with_warmup", {"num_warmup_steps": str(warmup)})


def _linear(spec: Linear, warmup: int) -> Native | None:
    if spec.past_end != "hold" or spec.initial_lr <= spec.final_lr:
        return None
    steps = _steps(warmup, spec.epochs)
    if spec.final_lr == 0:
        return _schedule(spec.initial_lr, "get_linear_schedule_with_warmup", steps)
    return _to_an_end(spec.initial_lr, spec.final_lr, 1.0, steps)


def _polynomial(spec: Polynomial, warmup: int) -> Native | None:
    if spec.past_end != "hold" or spec.initial_lr <= spec.min_lr or spec.time_power != 1:
        return None
    return _to_an_end(spec.initial_lr, spec.min_lr, spec.power, _steps(warmup, spec.epochs))


def _to_an_end(start: float, final: float, power: float, steps: dict[str, str]) -> Native:
    bend = {"power": number(power)} if power != 1 else {}
    name = "get_polynomial_decay_schedule_with_warmup"
    return _schedule(start, name, {**steps, "lr_end": number(final), **bend}, reads_defaults=True)


def _cosine(spec: Cosine, warmup: int) -> Native | None:
    if spec.past_end != "continue" or spec.power != 1 or spec.time_power != 1 or spec.initial_lr == 0:
        return None
    named = _steps(warmup, spec.epochs)
    if spec.cycles != 0.5:
        named["num_cycles"] = number(spec.cycles)
    if spec.min_lr == 0:
        return _schedule(spec.initial_lr, "get_cosine_schedule_with_warmup", named)
    name = "get_cosine_with_min_lr_schedule_with_warmup"
    return _schedule(spec.initial_lr, name, {**named, "min_lr": number(spec.min_lr)}, reads_defaults=True)


def _cosine_restarts(spec: CosineRestarts, warmup: int) -> Native | None:
    if spec.cycle_decay != 1 or spec.cycle_mult != 1 or spec.min_lr != 0 or spec.time_power != 1 or spec.cycles is None:
        return None
    total = spec.cycle_epochs * spec.cycles
    if not total.is_integer() or not _restarts_are_met(int(total), spec.cycles):
        return None
    named = {**_steps(warmup, int(total)), "num_cycles": str(spec.cycles)}
    return _schedule(spec.initial_lr, "get_cosine_with_hard_restarts_schedule_with_warmup", named)


def _restarts_are_met(total: int, cycles: int) -> bool:
    """Whether the rounding of `cycles * (step / total)` is a whole number wherever a cycle begins at a whole step."""
    if cycles > MOST_CYCLES:
        return False
    begins = (k * total // cycles for k in range(1, cycles) if k * total % cycles == 0)
    return all((cycles * (step / total)) % 1.0 == 0.0 for step in begins)


def _inverse_sqrt(spec: InverseSqrt, warmup: int) -> Native | None:
    w = spec.warmup_epochs
    if warmup or (w and spec.warmup_initial_lr != 0):
        return None
    timescale = {} if spec.timescale in (None, w) else {"timescale": whole(spec.timescale or w)}
    return _schedule(spec.peak_lr, "get_inverse_sqrt_schedule", {"num_warmup_steps": str(w), **timescale})


def _wsd(spec: WSD, warmup: int) -> Native | None:
    shapes = ("linear", "cosine", "1-sqrt")
    same_floor = spec.warmup_epochs == 0 or spec.warmup_initial_lr == spec.min_lr
    warmup_type = "1-sqrt" if spec.warmup_shape == "sqrt" else spec.warmup_shape
    if warmup or not same_floor or spec.peak_lr == 0 or spec.decay_shape not in shapes:
        return None
    if spec.warmup_shape not in ("linear", "cosine", "sqrt"):  # its 1-sqrt on the way up is the mirror image: our sqrt
        return None
    named = {
        "num_warmup_steps": str(spec.warmup_epochs),
        "num_stable_steps": str(spec.stable_epochs),
        "num_decay_steps": str(spec.decay_epochs),
    }
    if warmup_type != "linear":
        named["warmup_type"] = f'"{warmup_type}"'
    named["decay_type"] = f'"{spec.decay_shape}"'
    if spec.min_lr:
        named["min_lr_ratio"] = f"{number(spec.min_lr)} / {number(spec.peak_lr)}"
    return _schedule(spec.peak_lr, "get_wsd_schedule", named)


_NATIVE: dict[type[Spec], Callable[[Any, int], Native | None]] = {
    Constant: _constant,
    Linear: _linear,
    Polynomial: _polynomial,
    Cosine: _cosine,
    CosineRestarts: _cosine_restarts,
    InverseSqrt: _inverse_sqrt,
    WSD: _wsd,
}
