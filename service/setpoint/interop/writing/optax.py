"""Schedules for optax: its own where they say the same at every step, joined where that is enough, else jax.numpy."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from setpoint.interop.writing.composite import rise
from setpoint.interop.writing.countable import check_countable
from setpoint.interop.writing.dialect import Jax
from setpoint.interop.writing.exported import Exported
from setpoint.interop.writing.formula import formula
from setpoint.interop.writing.frame import snippet
from setpoint.interop.writing.layout import fitted
from setpoint.interop.writing.rounding import divides_exactly, keeps_whole
from setpoint.interop.writing.script import Script
from setpoint.interop.writing.text import call, number, whole
from setpoint.schedules.basic import Constant, MultiStep, Piecewise, Points, Step
from setpoint.schedules.compose import Clamp, Sequence, Warmup
from setpoint.schedules.decay import Cosine, Exponential, Linear, Polynomial
from setpoint.schedules.spec import Spec
from setpoint.schedules.warm import WSD

USE = """
optimizer = optax.adam(learning_rate=schedule)

optax counts optimizer steps: that is what the schedule counts here. Values are float32 unless jax_enable_x64 is set.
"""
SINGLE = "optax divides its int32 step count in float32, also where jax_enable_x64 is set: right to 1e-6 of the peak."
MOST_BOUNDARIES = 8
"""The most that are listed within a call; each costs optax an operation at every step."""


def write(spec: Spec) -> Exported:
    """Code that defines `schedule`, a function of the step count that can be compiled.

    Raises:
        NotConvertible: it can't be counted in 32 bits.
    """
    check_countable(spec)
    script = Script(Jax("count"), formula)
    native = _native(spec, script)
    if native is None:
        script.function(spec, "schedule")
    blocks = [*script.blocks, *(["\n".join(fitted("schedule = ", native))] if native else [])]
    body = "\n".join(blocks)
    known = {"jnp.": "import jax.numpy as jnp", "np.array(": "import numpy as np", "optax.": "import optax"}
    imports = [line for name, line in known.items() if name in body.replace("jnp.", "jnp .") or name == "jnp." in body]
    notes = (SINGLE,) if native else ()
    return Exported("optax", snippet(spec.plain()["kind"], USE, imports, blocks), notes, native=native is not None)


def _native(spec: Spec, script: Script) -> str | None:
    write = _NATIVE.get(type(spec))
    return write(spec, script) if write else None


def _member(spec: Spec, script: Script) -> str:
    """As an optax schedule if there is one, else as a function."""
    return _native(spec, script) or script.function(spec)


def _constant(spec: Constant, _script: Script) -> str:
    return call("optax.constant_schedule", number(spec.initial_lr))


def _decay(lr: float, steps: str, rate: str, **named: str) -> str:
    return call("optax.exponential_decay", init_value=number(lr), transition_steps=steps, decay_rate=rate, **named)


def _drifts(gamma: float) -> bool:
    """Whether the powers of `gamma`, rounded to float32, leave those of `gamma` itself by 1e-6 of the peak.

    n gamma^n is largest, 1 / (e |log gamma|), at n = 1 / |log gamma|; rounding a number below 1 moves it by 2^-25.
    """
    return abs(math.log(gamma)) < 0.1


def _step(spec: Step, _script: Script) -> str | None:
    return _stairs(spec.initial_lr, spec.gamma, spec.step_size)


def _stairs(lr: float, gamma: float, length: float, **named: str) -> str | None:
    if gamma == 0 or _drifts(gamma) or not float(length).is_integer() or not keeps_whole(int(length)):
        return None
    return _decay(lr, whole(length), number(gamma), staircase="True", **named)


def _exponential(spec: Exponential, _script: Script) -> str | None:
    return _decaying(spec)


def _decaying(spec: Exponential, **named: str) -> str | None:
    gamma, length = spec.gamma, spec.decay_epochs
    if spec.staircase:
        return _stairs(spec.initial_lr, gamma, length, **named)
    if gamma == 0:
        return None
    rate, steps = number(gamma), whole(length)
    if gamma != 1 and _drifts(gamma):
        if not length.is_integer():
            return None
        # The same curve, by a base that float32 rounds less.
        times = math.ceil(0.1 / abs(math.log(gamma)))
        rate, steps = f"{number(gamma)}**{times}", f"{times}" if length == 1 else f"{times} * {whole(length)}"
    return _decay(spec.initial_lr, steps, rate, **named)


def _clamp(spec: Clamp, _script: Script) -> str | None:
    member, low = spec.schedule, {"end_value": number(spec.min_lr)}
    if spec.max_lr is not None or not isinstance(member, (Exponential, Step)) or not 0 < member.gamma < 1:
        return None
    if member.initial_lr < spec.min_lr:
        return None
    if isinstance(member, Step):
        return _stairs(member.initial_lr, member.gamma, member.step_size, **low)
    return _decaying(member, **low)


def _multistep(spec: MultiStep, _script: Script) -> str | None:
    scales: dict[int, list[str]] = {}
    for milestone in spec.milestones:
        scales.setdefault(milestone, []).append(number(spec.gamma))
    return _piecewise_constant(spec.initial_lr, {at: " * ".join(factors) for at, factors in scales.items()})


def _piecewise(spec: Piecewise, _script: Script) -> str | None:
    if spec.side == "left" or min(spec.values[:-1]) == 0 or len(set(spec.milestones)) < len(spec.milestones):
        return None
    ratios = (f"{number(after)} / {number(before)}" for before, after in pairwise(spec.values))
    return _piecewise_constant(spec.values[0], dict(zip(spec.milestones, ratios, strict=True)))


def _piecewise_constant(lr: float, scales: dict[int, str]) -> str | None:
    if len(scales) > MOST_BOUNDARIES:
        return None
    return call("optax.piecewise_constant_schedule", number(lr), f"{{{_pairs(scales)}}}")


def _pairs(scales: dict[int, str]) -> str:
    return ", ".join(f"{at}: {scale}" for at, scale in scales.items())


def _points(spec: Points, _script: Script) -> str | None:
    epochs, values = zip(*spec.points, strict=True)
    whole_ones = epochs[0] == 0 and all(float(epoch).is_integer() for epoch in epochs)
    if not whole_ones or min(values) == 0 or spec.past_end != "hold" or not 2 <= len(values) <= MOST_BOUNDARIES:
        return None
    ratios = (f"{number(after)} / {number(before)}" for before, after in pairwise(values))
    scales = dict(zip(map(int, epochs[1:]), ratios, strict=True))
    return call(
        "optax.piecewise_interpolate_schedule", f'"{spec.shape}"', number(values[0]), f"{{{_pairs(scales)}}}"
    )  # fmt: skip


def _linear(spec: Linear, _script: Script) -> str | None:
    if spec.past_end != "hold":
        return None
    named = {"init_value": number(spec.initial_lr), "end_value": number(spec.final_lr)}
    return call("optax.linear_schedule", **named, transition_steps=str(spec.epochs))


def _polynomial(spec: Polynomial, _script: Script) -> str | None:
    if spec.past_end != "hold" or spec.time_power != 1 or (spec.power < 1 and not divides_exactly(spec.epochs)):
        return None
    named = {"init_value": number(spec.initial_lr), "end_value": number(spec.min_lr), "power": whole(spec.power)}
    return call("optax.polynomial_schedule", **named, transition_steps=str(spec.epochs))


def _falls_once(spec: Cosine) -> bool:
    return spec.past_end == "hold" and spec.cycles == 0.5 and spec.time_power == 1 and spec.initial_lr > 0


def _cosine(spec: Cosine, _script: Script) -> str | None:
    if not _falls_once(spec):
        return None
    named = {"init_value": number(spec.initial_lr), "decay_steps": str(spec.epochs)}
    if spec.min_lr:
        named["alpha"] = f"{number(spec.min_lr)} / {number(spec.initial_lr)}"
    return call("optax.cosine_decay_schedule", **named, **_exponent(spec))


def _exponent(spec: Cosine) -> dict[str, str]:
    return {"exponent": number(spec.power)} if spec.power != 1 else {}


def _warmup(spec: Warmup, script: Script) -> str | None:
    first, then, w = rise(spec), spec.schedule, spec.warmup_epochs
    if not isinstance(first, Linear) or spec.clock != "local":
        return None
    named = {"init_value": number(first.initial_lr), "peak_value": number(first.final_lr), "warmup_steps": str(w)}
    if isinstance(then, Constant) and then.initial_lr == first.final_lr:
        return call("optax.warmup_constant_schedule", **named)
    if isinstance(then, Cosine) and _falls_once(then) and then.initial_lr == first.final_lr:
        named["decay_steps"] = str(w + then.epochs)
        if then.min_lr:
            named["end_value"] = number(then.min_lr)
        return call("optax.warmup_cosine_decay_schedule", **named, **_exponent(then))
    return _joined([_member(first, script), _member(then, script)], (w,))


def _joined(members: list[str], boundaries: tuple[int, ...]) -> str:
    return call("optax.join_schedules", f"[{', '.join(members)}]", f"[{', '.join(map(str, boundaries))}]")


def _sequence(spec: Sequence, script: Script) -> str | None:
    if spec.clock != "local" or len(spec.schedules) > MOST_BOUNDARIES:
        return None
    return _joined([_member(member, script) for member in spec.schedules], spec.milestones)


def _wsd(spec: WSD, script: Script) -> str | None:
    w, stable = spec.warmup_epochs, spec.stable_epochs
    if spec.warmup_shape != "linear" or spec.decay_shape not in ("linear", "cosine") or spec.peak_lr == 0:
        return None
    peak, low, n = spec.peak_lr, spec.min_lr, spec.decay_epochs
    line = Linear(initial_lr=peak, final_lr=low, epochs=n)
    down = line if spec.decay_shape == "linear" else Cosine(initial_lr=peak, min_lr=low, epochs=n)
    parts = [(w, _member(Constant(initial_lr=spec.peak_lr), script)), (w + stable, _member(down, script))]
    if w:
        first = Linear(initial_lr=spec.warmup_initial_lr, final_lr=spec.peak_lr, epochs=w)
        parts.insert(0, (0, _member(first, script)))
    return _joined([part for _, part in parts], tuple(start for start, _ in parts[1:]))


_NATIVE: dict[type[Spec], Callable[[Any, Script], str | None]] = {
    Constant: _constant,
    Step: _step,
    MultiStep: _multistep,
    Piecewise: _piecewise,
    Points: _points,
    Exponential: _exponential,
    Clamp: _clamp,
    Linear: _linear,
    Polynomial: _polynomial,
    Cosine: _cosine,
    Warmup: _warmup,
    Sequence: _sequence,
    WSD: _wsd,
}
