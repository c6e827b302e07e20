"""Formulas of the kinds that repeat."""

import math
from itertools import pairwise

from setpoint.errors import NotConvertible
from setpoint.interop.writing.leaf import countable, followed
from setpoint.interop.writing.script import Script
from setpoint.interop.writing.text import number, raised, whole
from setpoint.interop.writing.way import Way, cosine, polynomial, shaped
from setpoint.schedules.cycle import CosineRestarts, Cyclic, Restarts
from setpoint.schedules.cycles import Cycles
from setpoint.schedules.decay import Cosine, Polynomial
from setpoint.schedules.number import exact
from setpoint.schedules.piece import Time

MOST_CYCLES = 2048
"""How many boundaries a snippet may list."""


def cosine_restarts(spec: CosineRestarts, script: Script) -> list[str]:
    d = script.dialect
    header, length = _cycle(spec, spec.cycle_epochs, script)
    once = Cosine(initial_lr=1, epochs=1)
    x = f"u / {length}" if spec.time_power == 1 else raised(f"(u / {length})", whole(spec.time_power))
    lines, start, final = _ends(spec, number(spec.initial_lr), number(spec.min_lr), script)
    value = cosine(once, d).between(start, final)
    return _after(spec, script, [*header, f"x = {x}", *lines], value, spec.min_lr)


def restarts(spec: Restarts, script: Script) -> list[str]:
    d, member = script.dialect, spec.schedule
    header, length = _cycle(spec, member.epochs, script)
    top, floor = member.ends
    lines, start, final = _ends(spec, number(getattr(member, top)), number(getattr(member, floor)), script)
    x = f"u / {length}"
    if isinstance(member, Cosine):
        followed(member, d)
        x = raised(f"({x})", whole(member.time_power)) if member.time_power != 1 else x
        x = x if member.cycles == 0.5 else f"{number(2 * member.cycles)} * {x} % 2"
        way = cosine(member, d)
    else:
        way = polynomial(member) if isinstance(member, Polynomial) else shaped(member, d, length)
    value = way.between(start, final)
    return _after(spec, script, [*header, f"x = {x}", *lines], value, member.lr(member.epochs))


def _cycle(spec: CosineRestarts | Restarts, first: float, script: Script) -> tuple[list[str], str]:
    """Lines that define the cycle `k` and the time `u` within it; and its length."""
    d, length = script.dialect, exact(first)
    if spec.cycle_mult != 1:
        return _growing(spec, script)
    countable(length, d)
    number_of_cycle = [f"k = {d.clock} // {length!r}"] if spec.cycle_decay != 1 else []
    if isinstance(length, int) or float(length * 1024).is_integer():
        return [*number_of_cycle, f"u = {d.clock} % {length!r}"], d.real(length)
    return [  # a cycle begins where k * length, rounded, says so
        f"k = {d.clock} // {length!r}",
        f"k += (k + 1) * {length!r} <= {d.clock}",
        f"u = {d.clock} - k * {length!r}",
        f"length = (k + 1) * {length!r} - k * {length!r}",
    ], "length"


def _growing(spec: CosineRestarts | Restarts, script: Script) -> tuple[list[str], str]:
    d, starts = script.dialect, _starts(spec, script)
    lengths = [float(after - before) for before, after in pairwise(starts)]
    starts = starts[:-1]
    name = script.constant("STARTS", [exact(float(start)) for start in starts])
    bounds, whole_ones = name, [math.ceil(start) for start in starts]
    if not d.exact and whole_ones != starts:
        if script.fractional:
            raise NotConvertible(
                "cycles that begin between two epochs can't be stretched in float32 without moving them"
            )
        bounds = script.constant("FIRST_EPOCHS", whole_ones)
    return [
        f"k = {d.reached(bounds)} - 1",
        f"u = {d.clock} - {d.element(name, 'k')}",
        f"length = {d.element(script.constant('LENGTHS', lengths), 'k')}",
    ], "length"


def _starts(spec: CosineRestarts | Restarts, script: Script) -> list[Time]:
    """Where the cycles begin, as far as can be counted, and where the last of them ends."""
    form = spec.form
    if not isinstance(form, Cycles):
        raise TypeError(f"{type(form).__name__} has no cycles")
    count, starts = form.count or math.inf, [form.boundary(0)]
    while len(starts) <= count and starts[-1] <= script.dialect.largest:
        starts.append(form.boundary(len(starts)))
        if len(starts) > MOST_CYCLES:
            raise NotConvertible(
                f"it has more than {MOST_CYCLES} cycles of different lengths, too many to list; limit `cycles`, or let "
                "`cycle_mult` be 1 or larger than this"
            )
    return starts


def _ends(spec: CosineRestarts | Restarts, start: str, final: str, script: Script) -> tuple[list[str], str, str]:
    """Lines that decay the ends of a cycle; and what the ends are called after that."""
    if spec.cycle_decay == 1:
        return [], start, final
    lines = [f"decay = {script.dialect.grown(spec.cycle_decay, 'k')}"]
    if spec.decays == "amplitude":
        return [*lines, f"top = {Way(gone='decay').between(final, start)}"], "top", final
    if spec.decays == "both" and final != "0.0":
        return [*lines, f"top = {start} * decay", f"low = {final} * decay"], "top", "low"
    return [*lines, f"top = {start} * decay"], "top", final


def _after(spec: CosineRestarts | Restarts, script: Script, lines: list[str], value: str, final: float) -> list[str]:
    end = spec.form.end if spec.cycles else None
    return [*lines, f"return {value}"] if end is None else [
        *lines,
        *script.dialect.choice([exact(float(end))], [value, number(final)]),
    ]  # fmt: skip


def cyclic(spec: Cyclic, script: Script) -> list[str]:
    d, up, down = script.dialect, spec.up_epochs, spec.down_epochs or spec.up_epochs
    total = up + down
    rise, fall = f"u / {d.real(up)}", f"({total} - u) / {d.real(down)}"
    if spec.up_stairs:
        n = spec.up_stairs
        rise = f"u * {float(n)} // {up} / {n}"
    if spec.down_stairs:
        n = spec.down_stairs
        fall = f"1 - (u - {up}) * {float(n)} // {down} / {n}"
    decay = spec.cycle_decay * (0.5 if spec.mode == "triangular2" else 1.0)
    lines = [f"u = {d.clock} % {total}", f"share = {d.least(rise, fall)}"]
    factors = [d.grown(decay, "k")] if decay != 1 else []
    if factors:
        lines.insert(0, f"k = {d.clock} // {total}")
    low, high = number(spec.min_lr), number(spec.peak_lr)
    if factors and spec.decays != "amplitude":
        return [*lines, *_moved(spec, factors[0], low, high)]
    if spec.mode == "exp_range" and spec.gamma != 1:
        factors.append(d.grown(spec.gamma, d.clock))
    return [*lines, f"return {Way(gone=' * '.join(['share', *factors])).between(low, high)}"]


def _moved(spec: Cyclic, decay: str, low: str, high: str) -> list[str]:
    """Triangles whose peak decays, and (`both`) their foot."""
    lines = [f"decay = {decay}", f"top = {high} * decay"]
    if spec.decays == "both" and low != "0.0":
        return [*lines, f"low = {low} * decay", "return low + (top - low) * share"]
    return [*lines, f"return {Way(gone='share').between(low, 'top')}"]
