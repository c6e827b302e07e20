"""Formulas of the kinds made of other schedules."""

from setpoint.interop.writing.script import Script
from setpoint.interop.writing.text import number
from setpoint.schedules.compose import Clamp, ProductOf, Scale, Sequence, Shift, Stretch, Warmup
from setpoint.schedules.decay import Linear, Ramp


def rise(spec: Warmup) -> Ramp | Linear:
    """The ramp that a warm-up begins with."""
    start, w = spec.warmup_initial_lr, spec.warmup_epochs
    peak = spec.peak_lr
    if peak is None:
        peak = spec.schedule.lr(0 if spec.clock == "local" else w)
    if spec.shape == "linear":
        return Linear(initial_lr=start, final_lr=peak, epochs=w)
    return Ramp(initial_lr=start, final_lr=peak, epochs=w, shape=spec.shape)


def warmup(spec: Warmup, script: Script) -> list[str]:
    d, w = script.dialect, spec.warmup_epochs
    clock = d.later(w) if spec.clock == "local" else d.clock
    return d.choice([w], [script.value(rise(spec), d.clock, "rise"), script.value(spec.schedule, clock)])


def sequence(spec: Sequence, script: Script) -> list[str]:
    d, bounds, values = script.dialect, list[float](), list[str]()
    for member, start, stop in zip(spec.schedules, (0, *spec.milestones), (*spec.milestones, None), strict=True):
        if start == stop:  # the next one takes over at once
            continue
        if values:
            bounds.append(start)
        values.append(script.value(member, d.later(start) if spec.clock == "local" else d.clock))
    return d.choice(bounds, values) if bounds else [f"return {values[0]}"]


def product(spec: ProductOf, script: Script) -> list[str]:
    return [f"return {' * '.join(script.value(member, script.dialect.clock) for member in spec.schedules)}"]


def scale(spec: Scale, script: Script) -> list[str]:
    d, factor = script.dialect, number(spec.factor)
    value = script.value(spec.schedule, d.clock)
    if spec.floor == 0:
        return [f"return {value} * {factor}"]
    return [f"lr = {value}", f"return {d.most(f'lr * {factor}', d.least('lr', number(spec.floor)))}"]


def clamp(spec: Clamp, script: Script) -> list[str]:
    d = script.dialect
    value = script.value(spec.schedule, d.clock)
    if spec.max_lr is None:
        return [f"return {d.most(value, number(spec.min_lr))}"]
    return [*d.caught(value), f"return {d.least(d.most('lr', number(spec.min_lr)), number(spec.max_lr))}"]


def shift(spec: Shift, script: Script) -> list[str]:
    d, offset = script.dialect, spec.offset
    clock = f"{d.clock} {'-' if offset < 0 else '+'} {abs(offset)}" if offset else d.clock
    if spec.first > offset:
        clock = d.most(clock, str(spec.first))
    return [f"return {script.value(spec.schedule, clock if spec.last is None else d.least(clock, str(spec.last)))}"]


def stretch(spec: Stretch, script: Script) -> list[str]:
    """The product as a real number: it would leave 32 bits."""
    d = script.dialect
    shown = d.clock if spec.rate == 1 else f"{float(spec.rate)!r} * {d.clock}"
    if spec.offset:
        shown = f"{float(spec.offset)!r} + {shown}"
    shown = d.most(shown, "0") if spec.offset < 0 else f"({shown})"
    before, script.fractional = script.fractional, True
    value = script.value(spec.schedule, f"{shown} / {d.real(spec.parts)}")
    script.fractional = before
    return [f"return {value}"]
