"""Formulas of the kinds that stand alone and do not repeat."""

from setpoint.errors import NotConvertible
from setpoint.interop.writing.dialect import Dialect
from setpoint.interop.writing.script import Script
from setpoint.interop.writing.text import atom, number, raised, whole
from setpoint.interop.writing.way import cosine as cosine_way
from setpoint.interop.writing.way import polynomial as polynomial_way
from setpoint.interop.writing.way import shaped
from setpoint.schedules.basic import Constant, MultiStep, Piecewise, Points, Step, Table
from setpoint.schedules.decay import Cosine, Exponential, InverseTime, Linear, Polynomial, Ramp
from setpoint.schedules.kernel import power
from setpoint.schedules.warm import WSD, InverseSqrt, OneCycle


def constant(spec: Constant, _script: Script) -> list[str]:
    return [f"return {number(spec.initial_lr)}"]


def step(spec: Step, script: Script) -> list[str]:
    drops = f"{script.dialect.clock} // {spec.step_size}"
    return [f"return {number(spec.initial_lr)} * {script.dialect.grown(spec.gamma, drops)}"]


def multistep(spec: MultiStep, script: Script) -> list[str]:
    levels = [spec.initial_lr * power(spec.gamma, n) for n in range(len(spec.milestones) + 1)]
    return _levels(spec.milestones, levels, "right", script)


def piecewise(spec: Piecewise, script: Script) -> list[str]:
    return _levels(spec.milestones, spec.values, spec.side, script)


def _levels(
    milestones: tuple[int, ...], values: list[float] | tuple[float, ...], side: str, script: Script
) -> list[str]:
    d = script.dialect
    reached = d.reached(script.constant("MILESTONES", milestones), side)
    return [f"return {d.element(script.constant('VALUES', values), reached)}"]


def table(spec: Table, script: Script) -> list[str]:
    d, last = script.dialect, len(spec.values) - 1
    index = d.least(d.clock, str(last)) if spec.past_end == "hold" else f"{d.clock} % {last + 1}"
    return [f"return {d.element(script.constant('VALUES', spec.values), d.integer(index))}"]


def points(spec: Points | OneCycle, script: Script) -> list[str]:
    knots = spec.points if isinstance(spec, Points) else spec.knots()
    if len(knots) == 1:
        return [f"return {number(knots[0][1])}"]
    d = script.dialect
    epochs = script.constant("KNOTS", [epoch for epoch, _ in knots])
    values = script.constant("VALUES", [lr for _, lr in knots])
    share = "x" if spec.shape == "linear" else f"(1 - {d.cos_pi('x')}) / 2"
    return [
        f"i = {d.reached(epochs)} - 1",
        f"i = {d.least(d.most('i', '0'), str(len(knots) - 2))}",
        f"start, stop = {d.element(epochs, 'i')}, {d.element(epochs, 'i + 1')}",
        f"low, high = {d.element(values, 'i')}, {d.element(values, 'i + 1')}",
        f"x = {_along(spec, d)}",
        f"return low + (high - low) * {share}",
    ]


def _along(spec: Points | OneCycle, d: Dialect) -> str:
    """How far it is from knot to knot; a cosine that goes on starts anew after each turn."""
    begun = d.most(f"{d.clock} - start", "0")
    if spec.past_end == "hold":
        return d.least(f"{begun} / (stop - start)", "1")
    return f"{begun} / (stop - start)" if spec.shape == "linear" else f"{begun} % (2 * (stop - start)) / (stop - start)"


def treads(clock: str, length: float, d: Dialect) -> str:
    """How many whole lengths have gone by.

    Raises:
        NotConvertible: the length is no binary fraction, and the dialect's numbers may have 32 bits.
    """
    countable(length, d)
    binary = float(length * 1024).is_integer()
    return f"{d.clock} // {whole(length)}" if binary else d.function("floor", f"{d.clock} / {length!r}")


def countable(length: float, d: Dialect) -> None:
    if not d.exact and not float(length * 1024).is_integer():
        raise NotConvertible(
            f"a step or cycle of {length!r} epochs can't be counted in float32, which is what this library computes in "
            "by default: it would change an epoch early or late. Round it to a multiple of 1/1024."
        )


def exponential(spec: Exponential, script: Script) -> list[str]:
    d, length = script.dialect, spec.decay_epochs
    n = treads(d.clock, length, d) if spec.staircase else d.clock if length == 1 else f"{d.clock} / {d.real(length)}"
    return [f"return {number(spec.initial_lr)} * {d.grown(spec.gamma, n)}"]


def inverse_time(spec: InverseTime, script: Script) -> list[str]:
    d, length, lr = script.dialect, spec.decay_epochs, number(spec.initial_lr)
    n = treads(d.clock, length, d) if spec.staircase else d.clock if length == 1 else f"{d.clock} / {d.real(length)}"
    divisor = f"(1 + {number(spec.decay_rate)} * {f'({n})' if spec.staircase else n})"
    if spec.power < 0:
        return [f"return {lr} * {raised(divisor, whole(-spec.power))}"]
    return [f"return {lr} / {raised(divisor, whole(spec.power))}"]


def inverse_sqrt(spec: InverseSqrt, script: Script) -> list[str]:
    d, w = script.dialect, spec.warmup_epochs
    tau = d.real(spec.timescale or w)
    clock = d.from_on(w) if spec.timescale in (None, w) and w else f"({d.later(w)} + {tau})"
    body = f"{number(spec.peak_lr)} * {d.function('sqrt', f'{tau} / {clock}')}"
    if w == 0:
        return [f"return {body}"]
    rise = Linear(initial_lr=spec.warmup_initial_lr, final_lr=spec.peak_lr, epochs=w)
    return d.choice([w], [script.value(rise, d.clock, "warmup"), body])


def linear(spec: Linear, script: Script) -> list[str]:
    way = shaped(spec, script.dialect, str(spec.epochs))
    return [_progress(spec, script.dialect), f"return {way.between(number(spec.initial_lr), number(spec.final_lr))}"]


def ramp(spec: Ramp, script: Script) -> list[str]:
    d, start, final = script.dialect, number(spec.initial_lr), number(spec.final_lr)
    value = shaped(spec, d, str(spec.epochs)).between(start, final)
    if spec.shape == "tanh" and spec.past_end == "hold":  # it stops short of its end, and jumps there
        return [_progress(spec, d), f"lr = {value}", *d.choice([spec.epochs], ["lr", final])]
    return [_progress(spec, d), f"return {value}"]


def _progress(spec: Linear | Ramp, d: Dialect) -> str:
    n = spec.epochs
    if spec.past_end == "hold":
        return f"x = {d.progress(n)}"
    if isinstance(spec, Ramp) and spec.shape == "cosine":
        return f"x = {d.clock} % {2 * n} / {d.real(n)}"
    return f"x = {d.clock} / {d.real(n)}"


def polynomial(spec: Polynomial, script: Script) -> list[str]:
    d, n, way = script.dialect, spec.epochs, polynomial_way(spec)
    lines = [f"x = {d.clock} / {d.real(n)}"]
    if spec.past_end == "hold":
        lines = [f"x = {d.progress(n)}"]
    if spec.past_end == "stretch":
        lines = [f"epochs = {d.real(n)} * {d.most(f'-(-{d.clock} // {n})', '1')}", f"x = {d.clock} / epochs"]
    return [*lines, f"return {way.between(number(spec.initial_lr), number(spec.min_lr))}"]


def cosine(spec: Cosine, script: Script) -> list[str]:
    way = cosine_way(spec, script.dialect)
    return [_phase(spec, script.dialect), f"return {way.between(number(spec.initial_lr), number(spec.min_lr))}"]


def _phase(spec: Cosine, d: Dialect) -> str:
    """In half turns, and less than one turn: the cosine of a large number is not worth much."""
    n, turns = spec.epochs, 2 * spec.cycles
    if turns == 1 and spec.past_end == "hold" and spec.time_power == 1:
        return f"x = {d.progress(n)}"
    t = d.least(d.clock, str(n)) if spec.past_end == "hold" else d.clock
    followed(spec, d)
    if spec.time_power != 1:
        phase = raised(f"({t} / {d.real(n)})", whole(spec.time_power))
        return f"x = {phase if turns == 1 else f'{number(turns)} * {phase}'} % 2"
    return f"x = {atom(t) if turns == 1 else f'{number(turns)} * {t}'} % {2 * n} / {d.real(n)}"


def followed(spec: Cosine, d: Dialect) -> None:
    """In float32 the phase of a cosine without a period that can be written down can be followed for two turns.

    Raises:
        NotConvertible: it goes on for longer.
    """
    periodic = spec.time_power == 1 and (spec.cycles * 1024).is_integer()
    if not d.exact and not periodic and (spec.past_end == "continue" or spec.cycles > 2):
        raise NotConvertible(
            "float32, which is what this library computes in by default, loses the phase of this cosine after two "
            "turns, for it has no period (a time_power other than 1) or none in whole parts of an epoch (cycles). Hold "
            "its end, with `cycles` of 2 or less; or let time_power be 1, and cycles a multiple of 1/1024."
        )


def wsd(spec: WSD, script: Script) -> list[str]:
    d, w, stable = script.dialect, spec.warmup_epochs, spec.warmup_epochs + spec.stable_epochs
    parts = [(w, number(spec.peak_lr))] if spec.stable_epochs else []
    if w:
        rise = Ramp(initial_lr=spec.warmup_initial_lr, final_lr=spec.peak_lr, epochs=w, shape=spec.warmup_shape)
        parts.insert(0, (0, script.value(rise, d.clock, "warmup")))
    fall = Ramp(initial_lr=spec.peak_lr, final_lr=spec.min_lr, epochs=spec.decay_epochs, shape=spec.decay_shape)
    parts.append((stable, script.value(fall, d.later(stable), "decay")))
    return d.choice([start for start, _ in parts[1:]], [value for _, value in parts])
