"""Schedules for Keras 3: its own where they say the same at every step, else a LearningRateSchedule of keras.ops."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from setpoint.interop.writing.composite import rise
from setpoint.interop.writing.countable import check_countable
from setpoint.interop.writing.dialect import Keras
from setpoint.interop.writing.exported import Exported
from setpoint.interop.writing.formula import formula
from setpoint.interop.writing.frame import snippet
from setpoint.interop.writing.layout import fitted
from setpoint.interop.writing.rounding import divides_exactly, keeps_whole
from setpoint.interop.writing.script import Script
from setpoint.interop.writing.text import call, number, whole
from setpoint.schedules.basic import MultiStep, Piecewise, Step
from setpoint.schedules.compose import Warmup
from setpoint.schedules.cycle import CosineRestarts
from setpoint.schedules.decay import Cosine, Exponential, InverseTime, Linear, Polynomial
from setpoint.schedules.kernel import power
from setpoint.schedules.spec import Spec

USE = """
optimizer = keras.optimizers.Adam(learning_rate=schedule)

Keras counts optimizer steps: that is what the schedule counts here. Values are of the type keras.config.floatx().
"""
CLASS = """@keras.saving.register_keras_serializable(package="setpoint")
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        floatx = keras.config.floatx()
        return ops.cast(learning_rate(ops.cast(step, floatx)), floatx)

    def get_config(self):
        return {}"""
SINGLE = "keras.ops computes this in float32, on most backends even where floatx is float64: right to 1e-6 of the peak."
RESTARTS = (
    "CosineDecayRestarts loses its place within a cycle in float32, and with cycles that grow it misses restarts: "
    "the formula is written out."
)
MOST_BOUNDARIES = 8
"""The most that are listed within a call; each costs Keras some operations at every step."""


def write(spec: Spec) -> Exported:
    """Code that defines `schedule`, a LearningRateSchedule.

    Raises:
        NotConvertible: it can't be counted in 32 bits.
    """
    check_countable(spec)
    write = _NATIVE.get(type(spec))
    native = write(spec) if write else None
    blocks = ["\n".join(fitted("schedule = ", native))] if native else _subclass(spec)
    imports = ["from keras.optimizers import schedules"] if native else ["import keras", "from keras import ops"]
    notes = () if native else (RESTARTS, SINGLE) if isinstance(spec, CosineRestarts) else (SINGLE,)
    return Exported("keras", snippet(spec.plain()["kind"], USE, imports, blocks), notes, native=native is not None)


def _subclass(spec: Spec) -> list[str]:
    script = Script(Keras("step"), formula)
    script.function(spec, "learning_rate")
    return [*script.blocks, CLASS, "schedule = Schedule()"]


def _drifts(gamma: float) -> bool:
    """Whether the powers of `gamma`, rounded to float32, leave those of `gamma` itself by 1e-6 of the peak."""
    return gamma > 0 and abs(math.log(gamma)) < 0.1


def _decay(lr: float, steps: str, rate: str, *, staircase: bool) -> str:
    named = {"initial_learning_rate": number(lr), "decay_steps": steps, "decay_rate": rate}
    return call("schedules.ExponentialDecay", **named, **({"staircase": "True"} if staircase else {}))


def _step(spec: Step) -> str | None:
    if _drifts(spec.gamma) or not keeps_whole(spec.step_size):
        return None
    return _decay(spec.initial_lr, str(spec.step_size), number(spec.gamma), staircase=True)


def _exponential(spec: Exponential) -> str | None:
    gamma, length = spec.gamma, spec.decay_epochs
    if not length.is_integer() or (spec.staircase and (_drifts(gamma) or not keeps_whole(int(length)))):
        return None
    rate, steps = number(gamma), whole(length)
    if _drifts(gamma) and gamma != 1:  # the same curve, by a base that float32 rounds less
        times = math.ceil(0.1 / abs(math.log(gamma)))
        rate, steps = f"{number(gamma)}**{times}", f"{times}" if length == 1 else f"{times} * {whole(length)}"
    return _decay(spec.initial_lr, steps, rate, staircase=spec.staircase)


def _inverse_time(spec: InverseTime) -> str | None:
    if spec.power != 1 or not spec.decay_epochs.is_integer():
        return None
    if spec.staircase and not keeps_whole(int(spec.decay_epochs)):
        return None
    named = {"initial_learning_rate": number(spec.initial_lr), "decay_steps": whole(spec.decay_epochs)}
    stairs = {"staircase": "True"} if spec.staircase else {}
    return call("schedules.InverseTimeDecay", **named, decay_rate=number(spec.decay_rate), **stairs)


def _multistep(spec: MultiStep) -> str | None:
    levels = [spec.initial_lr * power(spec.gamma, n) for n in range(len(spec.milestones) + 1)]
    return _piecewise_constant([milestone - 1 for milestone in spec.milestones], levels)


def _piecewise(spec: Piecewise) -> str | None:
    """A boundary of Keras is the last step of the value before it."""
    last = 1 if spec.side == "right" else 0
    return _piecewise_constant([milestone - last for milestone in spec.milestones], spec.values)


def _piecewise_constant(boundaries: list[int], values: Iterable[float]) -> str | None:
    if len(set(boundaries)) < len(boundaries) or len(boundaries) > MOST_BOUNDARIES or boundaries[0] < 0:
        return None
    levels = ", ".join(map(number, values))
    return call("schedules.PiecewiseConstantDecay", boundaries=str(boundaries), values=f"[{levels}]")


def _linear(spec: Linear) -> str | None:
    return _to_an_end(spec, spec.final_lr) if spec.past_end == "hold" else None


def _polynomial(spec: Polynomial) -> str | None:
    if spec.past_end == "continue" or spec.time_power != 1:
        return None
    if not divides_exactly(spec.epochs) and (spec.power < 1 or spec.past_end == "stretch"):
        return None
    named = {"power": number(spec.power)} if spec.power != 1 else {}
    if spec.past_end == "stretch":
        named["cycle"] = "True"
    return _to_an_end(spec, spec.min_lr, **named)


def _to_an_end(spec: Linear | Polynomial, final: float, **named: str) -> str:
    start = {"initial_learning_rate": number(spec.initial_lr), "decay_steps": str(spec.epochs)}
    return call("schedules.PolynomialDecay", **start, end_learning_rate=number(final), **named)


def _falls_once(spec: Cosine) -> bool:
    plain = spec.power == 1 and spec.time_power == 1 and spec.cycles == 0.5
    return plain and spec.past_end == "hold" and spec.initial_lr > 0


def _alpha(low: float, high: float) -> dict[str, str]:
    return {"alpha": f"{number(low)} / {number(high)}"} if low else {}


def _cosine(spec: Cosine) -> str | None:
    if not _falls_once(spec):
        return None
    named = {"initial_learning_rate": number(spec.initial_lr), "decay_steps": str(spec.epochs)}
    return call("schedules.CosineDecay", **named, **_alpha(spec.min_lr, spec.initial_lr))


def _warmup(spec: Warmup) -> str | None:
    first, then = rise(spec), spec.schedule
    if not isinstance(then, Cosine) or not isinstance(first, Linear) or not _falls_once(then):
        return None
    if spec.clock != "local" or first.final_lr != then.initial_lr:
        return None
    return call(
        "schedules.CosineDecay",
        initial_learning_rate=number(first.initial_lr),
        decay_steps=str(then.epochs),
        **_alpha(then.min_lr, then.initial_lr),
        warmup_target=number(then.initial_lr),
        warmup_steps=str(spec.warmup_epochs),
    )


_NATIVE: dict[type[Spec], Callable[[Any], str | None]] = {
    Step: _step,
    Exponential: _exponential,
    InverseTime: _inverse_time,
    MultiStep: _multistep,
    Piecewise: _piecewise,
    Linear: _linear,
    Polynomial: _polynomial,
    Cosine: _cosine,
    Warmup: _warmup,
}
