"""Schedules of every kind and many compositions, the same ones for the same seed."""

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from random import Random
from typing import Any

from setpoint.errors import InvalidSchedule
from setpoint.schedules.kinds import KINDS, parse
from setpoint.schedules.spec import Spec

Data = dict[str, Any]
SHAPES = ("linear", "cosine", "1-sqrt", "sqrt", "1-power", "power", "exponential", "geometric", "log", "tanh")


def schedules(seed: int, count: int) -> list[Spec]:
    """`count` schedules: the kinds take turns, each with other parameters every time."""
    random = Random(seed)
    return list(islice((spec for kind in cycle(KINDS) for spec in _valid(kind, random)), count))


def _valid(kind: str, random: Random) -> Iterator[Spec]:
    for _attempt in range(20):
        try:
            yield parse(_of(kind, random, depth=0))
        except InvalidSchedule:
            continue
        return


def _of(kind: str, r: Random, depth: int) -> Data:
    return {"kind": kind, **PARAMETERS[kind](r, depth)}


def _member(r: Random, depth: int) -> Data:
    leaves = [kind for kind in PARAMETERS if kind not in COMPOSITES]
    return _of(r.choice([*leaves, *(COMPOSITES if depth < 1 else ())]), r, depth + 1)


def _lr(r: Random) -> float:
    return r.choice([0.1, 0.3, 1.0, 3e-4, 0.05, round(r.uniform(1e-4, 1), 6)])


def _low(r: Random) -> float:
    return r.choice([0.0, 1e-6, 1e-3, 0.02, round(r.uniform(0, 0.1), 5)])


def _gamma(r: Random) -> float:
    return r.choice([0.1, 0.5, 0.9, 0.97, 0.999, 1.0, 0.0, round(r.uniform(0.2, 1), 4)])


def _n(r: Random) -> int:
    return r.choice([1, 2, 3, 5, 7, 10, 30, 49, 60, 90])


def _real(r: Random) -> float:
    return r.choice([1.0, 1.0, 2.5, 7.0, 0.3, 10.0, 6.125, 3.3])


def _power(r: Random) -> float:
    return r.choice([1.0, 1.0, 2.0, 0.5, 0.9, 3.0, 1.7])


def _milestones(r: Random) -> list[int]:
    return sorted(r.choice([r.randint(0, 12), r.randint(1, 90)]) for _ in range(r.choice([1, 2, 3, 12])))


def _some(r: Random, **fields: Any) -> Data:
    """Each field or its default, at random."""
    return {name: value for name, value in fields.items() if r.random() < 0.5}


def _holding(r: Random, *others: str) -> Data:
    return _some(r, past_end=r.choice(["continue", *others]))


def _ramp(r: Random) -> Data:
    bend = _some(r, power=_power(r), ratio=r.choice([0.5, 2.0, 0.98]), lower=-4.0, upper=2.0)
    return {"initial_lr": _lr(r), "final_lr": _low(r), "epochs": _n(r), "shape": r.choice(SHAPES), **bend}


def _cosine(r: Random) -> Data:
    bend = _some(r, cycles=r.choice([1.0, 1.5, 0.75, 5.0, 0.3]), power=_power(r), time_power=_power(r))
    return {"initial_lr": _lr(r), "epochs": _n(r), **_some(r, min_lr=_low(r)), **(bend if r.random() < 0.5 else {})}


def _polynomial(r: Random) -> Data:
    bend = _some(r, power=_power(r), time_power=_power(r), min_lr=_low(r))
    return {"initial_lr": _lr(r), "epochs": _n(r), **bend}


def _decays(r: Random) -> Data:
    return _some(r, cycle_decay=_gamma(r), decays=r.choice(["peak", "amplitude", "both"]))


def _cycles(r: Random) -> Data:
    return {**_some(r, cycle_mult=r.choice([1.5, 2.0, 3.0, 1.1]), cycles=r.choice([1, 2, 3, 6])), **_decays(r)}


def _restarts(r: Random, _depth: int) -> Data:
    kind = r.choice(["linear", "polynomial", "cosine", "ramp"])
    data = _of(kind, r, 1)
    data.pop("past_end", None)
    return {"schedule": data, **_cycles(r)}


def _warmup(r: Random, depth: int) -> Data:
    shapes = _some(r, shape=r.choice(SHAPES), clock="global", peak_lr=_lr(r)) if r.random() < 0.5 else {}
    body = r.choice(["constant", "linear", "cosine", "exponential", "step", "polynomial", "multistep"])
    member = _of(body, r, 1) if r.random() < 0.7 else _member(r, depth)
    return {"warmup_epochs": _n(r), "schedule": member, **_some(r, warmup_initial_lr=_low(r)), **shapes}


def _sequence(r: Random, depth: int) -> Data:
    milestones = _milestones(r)[:4]
    members = [_member(r, depth) for _ in range(len(milestones) + 1)]
    return {"schedules": members, "milestones": milestones, **_some(r, clock="global")}


def _table(r: Random, _depth: int) -> Data:
    return {"values": [_lr(r) for _ in range(r.choice([1, 3, 40]))], **_holding(r, "repeat", "repeat", "repeat")}


def _points(r: Random, _depth: int) -> Data:
    epochs, half = sorted(r.sample(range(90), r.choice([1, 2, 5, 12]))), r.choice([1, 1, 2])
    knots = [[epoch / half, _lr(r)] for epoch in epochs]
    return {"points": [[r.choice([0.0, -4.5]), 0.01], *knots[1:]], **_some(r, shape="cosine"), **_holding(r)}


def _piecewise(r: Random, _depth: int) -> Data:
    milestones = _milestones(r)
    return {"milestones": milestones, "values": [_lr(r) for _ in range(len(milestones) + 1)], **_some(r, side="left")}


def _cyclic(r: Random, _depth: int) -> Data:
    mode = r.choice(["triangular", "triangular2", "exp_range"])
    more = {"gamma": _gamma(r)} if mode == "exp_range" else {}
    stairs = _some(r, up_stairs=r.choice([2, 3, 4]), down_stairs=r.choice([1, 3])) if r.random() < 0.3 else {}
    decays = _decays(r) if r.random() < 0.4 else {}
    return {
        "min_lr": _low(r), "peak_lr": _lr(r), "up_epochs": _n(r), "mode": mode,
        **more, **stairs, **decays, **_some(r, down_epochs=_n(r)),
    }  # fmt: skip


def _one_cycle(r: Random, _depth: int) -> Data:
    fields = _some(r, pct_start=r.choice([0.25, 0.33, 0.4]), div_factor=10.0, three_phase=True, shape="linear")
    return {"peak_lr": _lr(r), "epochs": r.choice([10, 49, 100]), **fields}


def _wsd(r: Random, _depth: int) -> Data:
    fields = _some(r, warmup_epochs=_n(r), warmup_initial_lr=_low(r), min_lr=_low(r))
    shapes = _some(r, warmup_shape=r.choice(SHAPES), decay_shape=r.choice(["cosine", "1-sqrt", *SHAPES]))
    return {"peak_lr": _lr(r), "stable_epochs": r.choice([0, 4, 20]), "decay_epochs": _n(r), **fields, **shapes}


def _inverse_sqrt(r: Random, _depth: int) -> Data:
    return {"peak_lr": _lr(r), "warmup_epochs": _n(r), **_some(r, warmup_initial_lr=_low(r), timescale=_real(r) + 5)}


def _inverse_time(r: Random, _depth: int) -> Data:
    fields = _some(r, decay_epochs=_real(r), power=r.choice([0.5, -1.0, 2.0, -0.5]), staircase=True)
    return {"initial_lr": _lr(r), "decay_rate": r.choice([0.0, 0.1, 1.0, 0.37]), **fields}


def _cosine_restarts(r: Random, _depth: int) -> Data:
    shape = _some(r, min_lr=_low(r), time_power=_power(r)) if r.random() < 0.5 else {}
    return {"initial_lr": _lr(r), "cycle_epochs": r.choice([_n(r), _n(r), 2.5, 0.3]), **shape, **_cycles(r)}


def _clamp(r: Random, depth: int) -> Data:
    if r.random() < 0.3:  # what grows beyond all bounds, were it not clamped
        growing = {"kind": "exponential", "initial_lr": 0.001, "gamma": 1.2}
        return {"schedule": growing, "max_lr": _lr(r)}
    return {"schedule": _member(r, depth), "min_lr": r.choice([0.0, 1e-4, 0.01]), **_some(r, max_lr=0.5)}


def _stretch(r: Random, depth: int) -> Data:
    return {
        "schedule": _member(r, depth),
        "rate": r.choice([1, 2, 3]),
        "parts": r.choice([1, 2, 3, 4]),
        "offset": r.randint(-9, 9),
    }


PARAMETERS: dict[str, Callable[[Random, int], Data]] = {
    "constant": lambda r, _d: {"initial_lr": _lr(r)},
    "step": lambda r, _d: {"initial_lr": _lr(r), "step_size": _n(r), **_some(r, gamma=_gamma(r))},
    "multistep": lambda r, _d: {"initial_lr": _lr(r), "milestones": _milestones(r), **_some(r, gamma=_gamma(r))},
    "exponential": lambda r, _d: {
        "initial_lr": _lr(r), "gamma": _gamma(r), **_some(r, decay_epochs=_real(r), staircase=True),
    },
    "linear": lambda r, _d: {"initial_lr": _lr(r), "final_lr": _low(r), "epochs": _n(r)},
    "polynomial": lambda r, _d: {**_polynomial(r), **_holding(r, "stretch", "stretch")},
    "cosine": lambda r, _d: {**_cosine(r), **_holding(r)},
    "ramp": lambda r, _d: {**_ramp(r), **_holding(r)},
    "inverse_time": _inverse_time,
    "inverse_sqrt": _inverse_sqrt,
    "cosine_restarts": _cosine_restarts,
    "cyclic": _cyclic,
    "one_cycle": _one_cycle,
    "wsd": _wsd,
    "piecewise": _piecewise,
    "points": _points,
    "table": _table,
    "warmup": _warmup,
    "sequence": _sequence,
    "restarts": _restarts,
    "product": lambda r, d: {"schedules": [_member(r, d) for _ in range(r.choice([1, 2, 3]))]},
    "scale": lambda r, d: {
        "schedule": _member(r, d), "factor": r.choice([0.0, 0.5, 2.0, 0.1]), **_some(r, floor=_low(r)),
    },
    "clamp": _clamp,
    "shift": lambda r, d: {
        "schedule": _member(r, d), "offset": r.randint(-9, 9), **_some(r, first=r.randint(0, 4), last=r.randint(5, 50)),
    },
    "stretch": _stretch,
}  # fmt: skip
COMPOSITES = ("warmup", "sequence", "restarts", "product", "scale", "clamp", "shift", "stretch")
