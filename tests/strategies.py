"""Schedules out of a hat: every kind, every parameter, as the plain JSON that people send."""

from collections.abc import Callable
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from setpoint.errors import InvalidSchedule
from setpoint.schedules.kinds import parse

Json = dict[str, Any]
Plain = st.SearchStrategy[Json]

RATES = st.one_of(st.just(0.0), st.sampled_from([1e-8, 0.001, 0.1, 1.0, 3]), st.floats(1e-12, 1e3))
ABOVE_ZERO = st.one_of(st.sampled_from([1e-8, 0.001, 0.1, 1.0]), st.floats(1e-12, 1e3))
FACTORS = st.one_of(st.sampled_from([0.0, 0.1, 0.5, 1.0, 1]), st.floats(0.0, 1.0))
LENGTHS = st.one_of(st.integers(1, 40), st.integers(1, 10**6))
REAL_LENGTHS = st.one_of(LENGTHS, st.floats(0.25, 300.0))
COUNTS = st.one_of(st.integers(0, 40), st.integers(0, 10**6))
POWERS = st.one_of(st.sampled_from([0.5, 1.0, 1, 2, 3.0, 0.9]), st.floats(0.05, 8.0))
ENDS = st.sampled_from(["hold", "continue"])
LINES = st.sampled_from(["linear", "cosine"])
SHAPES = st.sampled_from(
    ["linear", "cosine", "1-sqrt", "sqrt", "1-power", "power", "exponential", "geometric", "log", "tanh"]
)
DECAYS = st.sampled_from(["peak", "amplitude", "both"])
MULTIPLES = st.one_of(st.sampled_from([1, 1.0, 1.5, 2, 3]), st.floats(1.0, 3.0))


def milestones(size: int | None = None) -> st.SearchStrategy[list[int]]:
    return st.lists(COUNTS, min_size=size or 1, max_size=size or 8).map(sorted)


def kind(name: str, required: dict[str, Any], optional: dict[str, Any] | None = None) -> Plain:
    """The kind with all that it requires and some of the rest."""
    return st.fixed_dictionaries({"kind": st.just(name), **required}, optional=optional or {})


def _piecewise() -> Plain:
    def of(marks: list[int]) -> Plain:
        values = st.lists(RATES, min_size=len(marks) + 1, max_size=len(marks) + 1)
        return kind("piecewise", {"milestones": st.just(marks), "values": values}, {"side": sides})

    sides = st.sampled_from(["left", "right"])
    return milestones().flatmap(of)


def _points() -> Plain:
    times = st.one_of(st.integers(0, 200), st.floats(-20.0, 300.0))
    knots = st.lists(st.tuples(times, RATES).map(list), min_size=1, max_size=6, unique_by=lambda knot: knot[0])
    return kind("points", {"points": knots.map(sorted)}, {"shape": LINES, "past_end": ENDS})


LINEAR = kind("linear", {"initial_lr": RATES, "final_lr": RATES, "epochs": LENGTHS}, {"past_end": ENDS})
POLYNOMIAL = kind(
    "polynomial",
    {"initial_lr": RATES, "epochs": LENGTHS},
    {
        "min_lr": RATES,
        "power": POWERS,
        "time_power": POWERS,
        "past_end": st.sampled_from(["hold", "continue", "stretch"]),
    },
)
COSINE = kind(
    "cosine",
    {"initial_lr": RATES, "epochs": LENGTHS},
    {
        "min_lr": RATES,
        "cycles": st.one_of(st.sampled_from([0.5, 1, 1.5, 7]), st.floats(0.1, 9.0)),
        "power": POWERS,
        "time_power": POWERS,
        "past_end": ENDS,
    },
)
RAMP = kind(
    "ramp",
    {"initial_lr": ABOVE_ZERO, "final_lr": ABOVE_ZERO, "epochs": LENGTHS, "shape": SHAPES},
    {
        "power": POWERS,
        "ratio": st.floats(0.01, 20.0),
        "lower": st.floats(-9.0, 0.0),
        "upper": st.floats(0.0, 9.0),
        "past_end": ENDS,
    },
)
LEAVES: dict[str, Plain] = {
    "constant": kind("constant", {"initial_lr": RATES}),
    "step": kind("step", {"initial_lr": RATES, "step_size": LENGTHS}, {"gamma": FACTORS}),
    "multistep": kind("multistep", {"initial_lr": RATES, "milestones": milestones()}, {"gamma": FACTORS}),
    "exponential": kind(
        "exponential",
        {"initial_lr": RATES, "gamma": FACTORS},
        {"decay_epochs": REAL_LENGTHS, "staircase": st.booleans()},
    ),
    "linear": LINEAR,
    "polynomial": POLYNOMIAL,
    "cosine": COSINE,
    "ramp": RAMP,
    "inverse_time": kind(
        "inverse_time",
        {"initial_lr": RATES, "decay_rate": st.floats(0.0, 2.0)},
        {
            "decay_epochs": REAL_LENGTHS,
            "power": st.one_of(st.sampled_from([-1, 0, 0.5, 1]), st.floats(-2.0, 2.0)),
            "staircase": st.booleans(),
        },
    ),
    "inverse_sqrt": kind(
        "inverse_sqrt",
        {"peak_lr": RATES, "warmup_epochs": LENGTHS},
        {"warmup_initial_lr": RATES, "timescale": REAL_LENGTHS},
    ),
    "cosine_restarts": kind(
        "cosine_restarts",
        {"initial_lr": RATES, "cycle_epochs": REAL_LENGTHS},
        {
            "cycle_mult": MULTIPLES,
            "cycle_decay": FACTORS,
            "decays": DECAYS,
            "min_lr": RATES,
            "time_power": POWERS,
            "cycles": st.integers(1, 9),
        },
    ),
    "cyclic": kind(
        "cyclic",
        {"min_lr": RATES, "peak_lr": RATES, "up_epochs": LENGTHS},
        {
            "down_epochs": LENGTHS,
            "mode": st.sampled_from(["triangular", "triangular2"]),
            "cycle_decay": FACTORS,
            "up_stairs": st.integers(0, 12),
            "down_stairs": st.integers(0, 12),
        },
    )
    | kind(
        "cyclic",
        {"min_lr": RATES, "peak_lr": RATES, "up_epochs": LENGTHS, "mode": st.just("exp_range"), "gamma": FACTORS},
        {"down_epochs": LENGTHS, "cycle_decay": FACTORS},
    ),
    "one_cycle": kind(
        "one_cycle",
        {"peak_lr": RATES, "epochs": st.integers(12, 500)},
        {
            "pct_start": st.floats(0.1, 0.5),
            "div_factor": st.floats(0.5, 100.0),
            "final_div_factor": st.floats(0.5, 1e5),
            "three_phase": st.booleans(),
            "shape": LINES,
            "past_end": ENDS,
        },
    ),
    "wsd": kind(
        "wsd",
        {
            "peak_lr": ABOVE_ZERO,
            "stable_epochs": COUNTS,
            "decay_epochs": LENGTHS,
            "warmup_initial_lr": ABOVE_ZERO,
            "min_lr": ABOVE_ZERO,
        },
        {"warmup_epochs": COUNTS, "warmup_shape": SHAPES, "decay_shape": SHAPES},
    ),
    "piecewise": _piecewise(),
    "points": _points(),
    "table": kind(
        "table", {"values": st.lists(RATES, min_size=1, max_size=9)}, {"past_end": st.sampled_from(["hold", "repeat"])}
    ),
}


def _sequence(members: Plain) -> Plain:
    def of(schedules: list[Json]) -> Plain:
        return kind(
            "sequence",
            {"schedules": st.just(schedules), "milestones": milestones(len(schedules) - 1)},
            {"clock": clocks},
        )

    clocks = st.sampled_from(["local", "global"])
    return st.lists(members, min_size=2, max_size=4).flatmap(of)


COMPOSITES: dict[str, Callable[[Plain], Plain]] = {
    "warmup": lambda members: kind(
        "warmup",
        {"warmup_epochs": LENGTHS, "schedule": members},
        {
            "warmup_initial_lr": ABOVE_ZERO,
            "peak_lr": ABOVE_ZERO,
            "shape": SHAPES.filter(lambda shape: shape != "geometric"),
            "clock": st.sampled_from(["local", "global"]),
        },
    ),
    "sequence": _sequence,
    "restarts": lambda _members: kind(
        "restarts",
        {"schedule": st.one_of(LINEAR, POLYNOMIAL, COSINE, RAMP).map(lambda member: {**member, "past_end": "hold"})},
        {"cycle_mult": MULTIPLES, "cycle_decay": FACTORS, "decays": DECAYS, "cycles": st.integers(1, 9)},
    ),
    "product": lambda members: kind("product", {"schedules": st.lists(members, min_size=1, max_size=3)}),
    "scale": lambda members: kind("scale", {"schedule": members, "factor": FACTORS}),
    "clamp": lambda members: kind(
        "clamp", {"schedule": members}, {"min_lr": st.floats(0.0, 0.1), "max_lr": st.floats(0.1, 10.0)}
    ),
    "shift": lambda members: kind(
        "shift",
        {"schedule": members, "offset": st.integers(-200, 200)},
        {"first": st.integers(0, 30), "last": st.integers(30, 300)},
    ),
    "stretch": lambda members: kind(
        "stretch",
        {"schedule": members, "rate": st.integers(1, 12), "parts": st.integers(1, 12)},
        {"offset": st.integers(-300, 300)},
    ),
}


def can_be_served(plain: Json) -> bool:
    try:
        parse(plain)
    except InvalidSchedule:
        return False
    return True


@st.composite
def written(draw: st.DrawFn, max_depth: int) -> Json:
    """A schedule whose parameters hold, but that may not be fit to serve on every epoch."""
    kinds = list(LEAVES.values())
    if max_depth > 1:
        kinds += [made_of(written(max_depth - 1)) for made_of in COMPOSITES.values()]
    return draw(st.one_of(kinds))


@st.composite
def schedules(draw: st.DrawFn, max_depth: int = 3) -> Json:
    """A valid schedule, of at most `max_depth` schedules inside one another."""
    plain = draw(written(max_depth))
    assume(can_be_served(plain))
    return plain
