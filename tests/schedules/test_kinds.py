"""Each kind row by row: at 0, on the way, at its end and past it. The numbers are worked out by hand."""

import pytest

from setpoint.schedules.kinds import KINDS, parse
from tests.strategies import Json

Rows = list[tuple[Json, dict[int, float]]]

LEVELS: Rows = [
    ({"kind": "constant", "initial_lr": 0.1}, {0: 0.1, 1: 0.1, 10**9: 0.1, 2**53 - 1: 0.1}),
    (
        {"kind": "step", "initial_lr": 0.8, "step_size": 5, "gamma": 0.5},
        {0: 0.8, 4: 0.8, 5: 0.4, 9: 0.4, 10: 0.2, 31: 0.0125},
    ),
    ({"kind": "step", "initial_lr": 1, "step_size": 3}, {2: 1.0, 3: 0.1, 6: 0.01}),
    ({"kind": "step", "initial_lr": 0.8, "step_size": 5, "gamma": 0}, {4: 0.8, 5: 0.0, 10**15: 0.0}),
    ({"kind": "step", "initial_lr": 0.8, "step_size": 2**53 - 1, "gamma": 0.5}, {2**53 - 2: 0.8, 2**53 - 1: 0.4}),
    (
        {"kind": "multistep", "initial_lr": 0.8, "milestones": [3, 7, 7, 9], "gamma": 0.5},
        {0: 0.8, 2: 0.8, 3: 0.4, 6: 0.4, 7: 0.1, 8: 0.1, 9: 0.05, 10**6: 0.05},
    ),
    ({"kind": "multistep", "initial_lr": 0.8, "milestones": [0]}, {0: 0.08, 50: 0.08}),
    ({"kind": "piecewise", "milestones": [2, 4], "values": [3, 2, 1]}, {0: 3, 1: 3, 2: 2, 3: 2, 4: 1, 99: 1}),
    (
        {"kind": "piecewise", "milestones": [2, 4], "values": [3, 2, 1], "side": "left"},
        {0: 3, 2: 3, 3: 2, 4: 2, 5: 1, 99: 1},
    ),
    ({"kind": "piecewise", "milestones": [0, 4], "values": [3, 2, 1], "side": "left"}, {0: 3, 1: 2, 4: 2, 5: 1}),
    ({"kind": "piecewise", "milestones": [2, 2], "values": [3, 2, 1]}, {1: 3, 2: 1}),
    ({"kind": "table", "values": [0.3, 0.2, 0.1]}, {0: 0.3, 1: 0.2, 2: 0.1, 3: 0.1, 10**9: 0.1}),
    ({"kind": "table", "values": [0.3, 0.2, 0.1], "past_end": "repeat"}, {2: 0.1, 3: 0.3, 4: 0.2, 3 * 10**8 + 1: 0.2}),
]

DECAYS: Rows = [
    ({"kind": "exponential", "initial_lr": 0.8, "gamma": 0.5}, {0: 0.8, 1: 0.4, 4: 0.05}),
    ({"kind": "exponential", "initial_lr": 0.8, "gamma": 0.25, "decay_epochs": 4}, {0: 0.8, 2: 0.4, 4: 0.2, 6: 0.1}),
    ({"kind": "exponential", "initial_lr": 0.8, "gamma": 0.25, "decay_epochs": 0.5}, {0: 0.8, 1: 0.05}),
    (
        {"kind": "exponential", "initial_lr": 0.8, "gamma": 0.5, "decay_epochs": 2.5, "staircase": True},
        {0: 0.8, 2: 0.8, 3: 0.4, 4: 0.4, 5: 0.2, 7: 0.2, 8: 0.1},
    ),
    ({"kind": "exponential", "initial_lr": 0.8, "gamma": 0}, {0: 0.8, 1: 0.0}),
    (
        {"kind": "linear", "initial_lr": 0.1, "final_lr": 0.5, "epochs": 4},
        {0: 0.1, 1: 0.2, 2: 0.3, 3: 0.4, 4: 0.5, 5: 0.5},
    ),
    (
        {"kind": "linear", "initial_lr": 0.1, "final_lr": 0.5, "epochs": 4, "past_end": "continue"},
        {4: 0.5, 5: 0.6, 14: 1.5},
    ),
    ({"kind": "linear", "initial_lr": 0.5, "final_lr": 0, "epochs": 5}, {0: 0.5, 1: 0.4, 4: 0.1, 5: 0.0, 6: 0.0}),
    ({"kind": "polynomial", "initial_lr": 0.8, "epochs": 4}, {0: 0.8, 1: 0.6, 3: 0.2, 4: 0.0, 9: 0.0}),
    (
        {"kind": "polynomial", "initial_lr": 0.9, "min_lr": 0.1, "epochs": 4, "power": 2},
        {0: 0.9, 1: 0.55, 2: 0.3, 3: 0.15, 4: 0.1, 5: 0.1},
    ),
    (
        {"kind": "polynomial", "initial_lr": 0.8, "epochs": 4, "power": 2, "past_end": "continue"},
        {3: 0.05, 4: 0.0, 5: 0.05, 8: 0.8},
    ),
    (
        {"kind": "polynomial", "initial_lr": 0.8, "epochs": 4, "past_end": "stretch"},
        {0: 0.8, 3: 0.2, 4: 0.0, 5: 0.3, 6: 0.2, 8: 0.0, 9: 0.2, 12: 0.0},
    ),
    ({"kind": "polynomial", "initial_lr": 0.8, "epochs": 4, "time_power": 2}, {0: 0.8, 1: 0.75, 2: 0.6, 4: 0.0}),
    ({"kind": "polynomial", "initial_lr": 0.8, "epochs": 4, "power": 0.5}, {0: 0.8, 3: 0.4, 4: 0.0}),
    ({"kind": "polynomial", "initial_lr": 0.1, "min_lr": 0.9, "epochs": 4}, {0: 0.1, 2: 0.5, 4: 0.9, 7: 0.9}),
    ({"kind": "cosine", "initial_lr": 0.8, "epochs": 6}, {0: 0.8, 2: 0.6, 3: 0.4, 4: 0.2, 6: 0.0, 7: 0.0, 12: 0.0}),
    (
        {"kind": "cosine", "initial_lr": 0.8, "epochs": 6, "past_end": "continue"},
        {6: 0.0, 8: 0.2, 9: 0.4, 12: 0.8, 14: 0.6, 12 * 10**8 + 2: 0.6},
    ),
    ({"kind": "cosine", "initial_lr": 0.9, "min_lr": 0.1, "epochs": 6}, {0: 0.9, 2: 0.7, 3: 0.5, 6: 0.1, 50: 0.1}),
    (
        {"kind": "cosine", "initial_lr": 0.8, "epochs": 12, "cycles": 1},
        {0: 0.8, 2: 0.6, 6: 0.0, 8: 0.2, 12: 0.8, 13: 0.8},
    ),
    ({"kind": "cosine", "initial_lr": 0.8, "epochs": 6, "power": 2}, {0: 0.8, 2: 0.45, 3: 0.2, 4: 0.05, 6: 0.0}),
    ({"kind": "cosine", "initial_lr": 0.8, "epochs": 6, "time_power": 0.5}, {0: 0.8, 6: 0.0}),
    ({"kind": "cosine", "initial_lr": 0.8, "epochs": 8, "time_power": 0.5}, {0: 0.8, 2: 0.4, 8: 0.0}),
    ({"kind": "cosine", "initial_lr": 0.1, "min_lr": 0.9, "epochs": 6}, {0: 0.1, 2: 0.3, 6: 0.9, 7: 0.9}),
    ({"kind": "inverse_time", "initial_lr": 0.8, "decay_rate": 1}, {0: 0.8, 1: 0.4, 3: 0.2, 7: 0.1}),
    (
        {"kind": "inverse_time", "initial_lr": 0.8, "decay_rate": 0.5, "decay_epochs": 3, "staircase": True},
        {0: 0.8, 2: 0.8, 5: 0.8 / 1.5, 6: 0.4, 8: 0.4},
    ),
    ({"kind": "inverse_time", "initial_lr": 0.8, "decay_rate": 1, "power": 0.5}, {0: 0.8, 3: 0.4, 15: 0.2}),
    ({"kind": "inverse_time", "initial_lr": 0.1, "decay_rate": 2, "power": -1}, {0: 0.1, 1: 0.3, 5: 1.1}),
]

SHAPED: Rows = [
    ({"shape": "linear"}, {0: 0.8, 1: 0.6, 2: 0.4, 4: 0.0, 5: 0.0}),
    ({"shape": "cosine", "epochs": 3}, {0: 0.8, 1: 0.6, 2: 0.2, 3: 0.0, 4: 0.0}),
    ({"shape": "cosine", "epochs": 3, "past_end": "continue"}, {3: 0.0, 4: 0.2, 5: 0.6, 6: 0.8}),
    ({"shape": "1-sqrt"}, {0: 0.8, 1: 0.4, 4: 0.0, 5: 0.0}),
    ({"shape": "sqrt"}, {0: 0.8, 3: 0.4, 4: 0.0, 5: 0.0}),
    ({"shape": "1-power", "power": 2}, {0: 0.8, 1: 0.75, 2: 0.6, 4: 0.0}),
    ({"shape": "power", "power": 2}, {0: 0.8, 1: 0.45, 2: 0.2, 3: 0.05, 4: 0.0}),
    ({"shape": "power", "power": 2, "past_end": "continue"}, {4: 0.0, 5: 0.05, 8: 0.8}),
    ({"shape": "exponential", "ratio": 0.0625}, {0: 0.8, 1: 0.8 * (0.5 - 0.0625) / 0.9375, 2: 0.16, 4: 0.0}),
    ({"shape": "exponential", "ratio": 16}, {0: 0.8, 2: 0.64, 4: 0.0}),
    ({"shape": "geometric", "final_lr": 0.05}, {0: 0.8, 1: 0.4, 2: 0.2, 3: 0.1, 4: 0.05, 5: 0.05}),
    ({"shape": "geometric", "final_lr": 0.05, "past_end": "continue"}, {4: 0.05, 5: 0.025}),
    ({"shape": "log", "epochs": 15}, {0: 0.8, 1: 0.6, 3: 0.4, 7: 0.2, 15: 0.0, 16: 0.0}),
    (
        {"shape": "log", "epochs": 15, "initial_lr": 0, "final_lr": 0.8, "past_end": "continue"},
        {0: 0.0, 15: 0.8, 31: 1.0},
    ),
    ({"shape": "tanh", "lower": -2, "upper": 2}, {2: 0.4, 4: 0.0, 5: 0.0}),
    ({"shape": "tanh"}, {0: 0.7999993347775779, 2: 0.7856110320303268, 4: 0.0}),
]
RAMPS: Rows = [
    ({"kind": "ramp", "initial_lr": 0.8, "final_lr": 0, "epochs": 4, **spec}, values) for spec, values in SHAPED
]

WARM: Rows = [
    (
        {"kind": "inverse_sqrt", "peak_lr": 0.8, "warmup_epochs": 4},
        {0: 0.0, 1: 0.2, 4: 0.8, 16: 0.4, 64: 0.2},
    ),
    (
        {"kind": "inverse_sqrt", "peak_lr": 0.8, "warmup_epochs": 4, "warmup_initial_lr": 0.4, "timescale": 1},
        {0: 0.4, 2: 0.6, 4: 0.8, 7: 0.4, 19: 0.2},
    ),
    ({"kind": "inverse_sqrt", "peak_lr": 0.8, "timescale": 2.5}, {0: 0.8, 10: 0.8 * 0.2**0.5}),
    (
        {"kind": "wsd", "peak_lr": 0.8, "warmup_epochs": 4, "stable_epochs": 3, "decay_epochs": 4},
        {0: 0.0, 3: 0.6, 4: 0.8, 6: 0.8, 7: 0.8, 8: 0.6, 10: 0.2, 11: 0.0, 12: 0.0},
    ),
    (
        {
            "kind": "wsd",
            "peak_lr": 0.8,
            "warmup_epochs": 2,
            "stable_epochs": 0,
            "decay_epochs": 4,
            "min_lr": 0.4,
            "warmup_initial_lr": 0.2,
            "warmup_shape": "geometric",
            "decay_shape": "1-sqrt",
        },
        {0: 0.2, 1: 0.4, 2: 0.8, 3: 0.6, 6: 0.4, 7: 0.4},
    ),
    ({"kind": "wsd", "peak_lr": 0.8, "stable_epochs": 2, "decay_epochs": 2}, {0: 0.8, 2: 0.8, 3: 0.4, 4: 0.0}),
    (
        {
            "kind": "one_cycle",
            "peak_lr": 1,
            "epochs": 11,
            "pct_start": 0.5454545454545454,
            "div_factor": 5,
            "shape": "linear",
        },
        {0: 0.2, 1: 0.36, 5: 1.0, 10: 0.00002, 11: 0.00002},
    ),
    (
        {"kind": "one_cycle", "peak_lr": 1, "epochs": 10, "pct_start": 0.4, "div_factor": 4, "final_div_factor": 25},
        {0: 0.25, 1: 0.4375, 2: 0.8125, 3: 1.0, 6: 0.505, 9: 0.01, 10: 0.01, 10**6: 0.01},
    ),
    (
        {
            "kind": "one_cycle",
            "peak_lr": 1,
            "epochs": 10,
            "pct_start": 0.4,
            "div_factor": 4,
            "final_div_factor": 25,
            "past_end": "continue",
        },
        {9: 0.01, 12: 0.505, 15: 1.0},
    ),
    (
        {
            "kind": "one_cycle",
            "peak_lr": 1,
            "epochs": 10,
            "pct_start": 0.4,
            "div_factor": 4,
            "final_div_factor": 25,
            "three_phase": True,
            "shape": "linear",
        },
        {0: 0.25, 3: 1.0, 4: 0.75, 6: 0.25, 7: 0.17, 9: 0.01},
    ),
    ({"kind": "points", "points": [[2, 0.2], [4, 0.6], [8, 0]]}, {0: 0.2, 2: 0.2, 3: 0.4, 4: 0.6, 5: 0.45, 8: 0, 9: 0}),
    ({"kind": "points", "points": [[0.5, 0.1], [2.5, 0.5]]}, {0: 0.1, 1: 0.2, 2: 0.4, 3: 0.5}),
    ({"kind": "points", "points": [[0, 0.1], [2, 0.5]], "past_end": "continue"}, {0: 0.1, 2: 0.5, 3: 0.7}),
    ({"kind": "points", "points": [[0, 0.8], [3, 0]], "shape": "cosine"}, {0: 0.8, 1: 0.6, 2: 0.2, 3: 0, 4: 0}),
    ({"kind": "points", "points": [[5, 0.3]]}, {0: 0.3, 5: 0.3, 9: 0.3}),
]

CYCLES: Rows = [
    (
        {"kind": "cosine_restarts", "initial_lr": 0.8, "cycle_epochs": 3},
        {0: 0.8, 1: 0.6, 2: 0.2, 3: 0.8, 3 * 10**8 + 1: 0.6},
    ),
    (
        {"kind": "cosine_restarts", "initial_lr": 0.8, "cycle_epochs": 3, "cycle_mult": 2},
        {2: 0.2, 3: 0.8, 5: 0.6, 6: 0.4, 7: 0.2, 9: 0.8, 13: 0.6, 21: 0.8},
    ),
    (
        {"kind": "cosine_restarts", "initial_lr": 0.8, "cycle_epochs": 6, "cycle_mult": 1.5},
        {0: 0.8, 2: 0.6, 6: 0.8, 9: 0.6, 12: 0.2, 15: 0.8},
    ),
    (
        {"kind": "cosine_restarts", "initial_lr": 0.8, "cycle_epochs": 3, "cycle_decay": 0.5},
        {0: 0.8, 3: 0.4, 4: 0.3, 6: 0.2},
    ),
    (
        {
            "kind": "cosine_restarts",
            "initial_lr": 0.8,
            "min_lr": 0.4,
            "cycle_epochs": 3,
            "cycle_decay": 0.5,
            "decays": "amplitude",
        },
        {0: 0.8, 1: 0.7, 3: 0.6, 4: 0.55, 6: 0.5},
    ),
    (
        {
            "kind": "cosine_restarts",
            "initial_lr": 0.8,
            "min_lr": 0.4,
            "cycle_epochs": 3,
            "cycle_decay": 0.5,
            "decays": "both",
        },
        {0: 0.8, 1: 0.7, 3: 0.4, 4: 0.35, 6: 0.2},
    ),
    (
        {"kind": "cosine_restarts", "initial_lr": 0.8, "min_lr": 0.1, "cycle_epochs": 3, "cycles": 2},
        {3: 0.8, 5: 0.275, 6: 0.1, 7: 0.1},
    ),
    (
        {"kind": "cosine_restarts", "initial_lr": 0.8, "cycle_epochs": 8, "time_power": 0.5},
        {0: 0.8, 2: 0.4, 8: 0.8, 10: 0.4},
    ),
    ({"kind": "cosine_restarts", "initial_lr": 0.8, "cycle_epochs": 1.5}, {0: 0.8, 1: 0.2, 2: 0.6, 3: 0.8}),
    (
        {"kind": "cyclic", "min_lr": 0.1, "peak_lr": 0.5, "up_epochs": 2},
        {0: 0.1, 1: 0.3, 2: 0.5, 3: 0.3, 4: 0.1, 6: 0.5, 4 * 10**8 + 1: 0.3},
    ),
    (
        {"kind": "cyclic", "min_lr": 0.1, "peak_lr": 0.5, "up_epochs": 2, "down_epochs": 4},
        {0: 0.1, 2: 0.5, 3: 0.4, 5: 0.2, 6: 0.1, 8: 0.5},
    ),
    (
        {"kind": "cyclic", "min_lr": 0.1, "peak_lr": 0.5, "up_epochs": 2, "mode": "triangular2"},
        {2: 0.5, 4: 0.1, 6: 0.3, 10: 0.2},
    ),
    (
        {"kind": "cyclic", "min_lr": 0.1, "peak_lr": 0.5, "up_epochs": 2, "mode": "exp_range", "gamma": 0.5},
        {0: 0.1, 1: 0.2, 2: 0.2, 3: 0.125, 4: 0.1},
    ),
    (
        {"kind": "cyclic", "min_lr": 0.1, "peak_lr": 0.5, "up_epochs": 2, "cycle_decay": 0.5},
        {2: 0.5, 6: 0.3, 10: 0.2},
    ),
    (
        {"kind": "cyclic", "min_lr": 0.2, "peak_lr": 0.8, "up_epochs": 2, "cycle_decay": 0.5, "decays": "both"},
        {0: 0.2, 2: 0.8, 4: 0.1, 6: 0.4},
    ),
    (
        {"kind": "cyclic", "min_lr": 0.2, "peak_lr": 0.8, "up_epochs": 2, "cycle_decay": 0.5, "decays": "peak"},
        {0: 0.2, 2: 0.8, 4: 0.2, 6: 0.4},
    ),
    (
        {"kind": "cyclic", "min_lr": 0, "peak_lr": 1, "up_epochs": 4, "up_stairs": 2, "down_stairs": 2},
        {0: 0, 1: 0, 2: 0.5, 3: 0.5, 4: 1, 5: 1, 6: 0.5, 7: 0.5, 8: 0},
    ),
    ({"kind": "cyclic", "min_lr": 0.5, "peak_lr": 0.1, "up_epochs": 2}, {0: 0.5, 1: 0.3, 2: 0.1, 3: 0.3}),
]

STEP: Json = {"kind": "step", "initial_lr": 0.8, "step_size": 2, "gamma": 0.5}
LINE: Json = {"kind": "linear", "initial_lr": 0.8, "final_lr": 0, "epochs": 4}

COMPOSITES: Rows = [
    ({"kind": "warmup", "warmup_epochs": 4, "schedule": STEP}, {0: 0.0, 1: 0.2, 4: 0.8, 5: 0.8, 6: 0.4, 8: 0.2}),
    (
        {"kind": "warmup", "warmup_epochs": 4, "schedule": STEP, "clock": "global"},
        {0: 0.0, 1: 0.05, 4: 0.2, 5: 0.2, 6: 0.1},
    ),
    (
        {
            "kind": "warmup",
            "warmup_epochs": 4,
            "schedule": STEP,
            "peak_lr": 0.4,
            "warmup_initial_lr": 0.1,
            "shape": "geometric",
        },
        {0: 0.1, 2: 0.2, 4: 0.8},
    ),
    (
        {"kind": "sequence", "schedules": [LINE, STEP], "milestones": [3]},
        {0: 0.8, 2: 0.4, 3: 0.8, 4: 0.8, 5: 0.4},
    ),
    (
        {"kind": "sequence", "schedules": [LINE, STEP], "milestones": [3], "clock": "global"},
        {2: 0.4, 3: 0.4, 4: 0.2, 5: 0.2},
    ),
    ({"kind": "sequence", "schedules": [LINE, STEP, LINE], "milestones": [2, 2]}, {1: 0.6, 2: 0.8, 3: 0.6}),
    ({"kind": "sequence", "schedules": [LINE, STEP], "milestones": [0]}, {0: 0.8, 2: 0.4}),
    (
        {
            "kind": "sequence",
            "schedules": [STEP, {"kind": "piecewise", "milestones": [10], "values": [2, 1], "side": "left"}],
            "milestones": [1_000_000_000],
        },
        {10**9 + 10: 2, 10**9 + 11: 1},
    ),
    ({"kind": "restarts", "schedule": LINE}, {0: 0.8, 3: 0.2, 4: 0.8, 5: 0.6}),
    ({"kind": "restarts", "schedule": LINE, "cycle_mult": 2, "cycle_decay": 0.5}, {4: 0.4, 8: 0.2, 12: 0.2, 20: 0.1}),
    (
        {"kind": "restarts", "schedule": {**LINE, "final_lr": 0.4}, "cycle_decay": 0.5, "decays": "both"},
        {0: 0.8, 2: 0.6, 4: 0.4, 6: 0.3, 8: 0.2},
    ),
    (
        {"kind": "restarts", "schedule": {**LINE, "final_lr": 0.4}, "cycle_decay": 0.5, "decays": "amplitude"},
        {0: 0.8, 2: 0.6, 4: 0.6, 6: 0.5, 8: 0.5},
    ),
    (
        {"kind": "restarts", "schedule": {**LINE, "final_lr": 0.1}, "cycles": 2},
        {0: 0.8, 4: 0.8, 7: 0.275, 8: 0.1, 9: 0.1},
    ),
    (
        {
            "kind": "restarts",
            "schedule": {"kind": "ramp", "shape": "geometric", "initial_lr": 0.8, "final_lr": 0.2, "epochs": 2},
            "cycle_decay": 0.5,
        },
        {0: 0.8, 1: 0.4, 2: 0.4, 3: 0.08**0.5, 4: 0.2},
    ),
    ({"kind": "product", "schedules": [STEP, LINE]}, {0: 0.64, 1: 0.48, 2: 0.16, 4: 0.0}),
    ({"kind": "product", "schedules": [STEP]}, {0: 0.8, 2: 0.4}),
    ({"kind": "scale", "schedule": STEP, "factor": 0.25}, {0: 0.2, 2: 0.1}),
    ({"kind": "scale", "schedule": STEP, "factor": 0}, {0: 0.0}),
    ({"kind": "clamp", "schedule": STEP, "min_lr": 0.3}, {0: 0.8, 2: 0.4, 4: 0.3, 99: 0.3}),
    ({"kind": "clamp", "schedule": STEP, "max_lr": 0.5}, {0: 0.5, 2: 0.4, 4: 0.2}),
    ({"kind": "clamp", "schedule": {**LINE, "past_end": "continue"}}, {3: 0.2, 4: 0.0, 10**8: 0.0}),
    ({"kind": "shift", "schedule": STEP, "offset": 1}, {0: 0.8, 1: 0.4, 2: 0.4, 3: 0.2}),
    ({"kind": "shift", "schedule": STEP, "offset": -3}, {0: 0.8, 4: 0.8, 5: 0.4}),
    ({"kind": "shift", "schedule": STEP, "offset": -3, "first": 2}, {0: 0.4, 5: 0.4, 6: 0.4, 7: 0.2}),
    ({"kind": "shift", "schedule": STEP, "offset": 1, "last": 3}, {0: 0.8, 1: 0.4, 2: 0.4, 3: 0.4, 99: 0.4}),
    ({"kind": "shift", "schedule": STEP, "offset": 0, "first": 2, "last": 2}, {0: 0.4, 9: 0.4}),
    ({"kind": "shift", "schedule": STEP, "offset": 2**53 - 1}, {0: 0.0, 2**53 - 1: 0.0}),
    ({"kind": "stretch", "schedule": LINE, "rate": 1, "parts": 2}, {0: 0.8, 1: 0.7, 2: 0.6, 8: 0.0, 9: 0.0}),
    ({"kind": "stretch", "schedule": STEP, "rate": 2, "parts": 3}, {0: 0.8, 2: 0.8, 3: 0.4, 5: 0.4, 6: 0.2}),
    ({"kind": "stretch", "schedule": LINE, "rate": 2, "parts": 1, "offset": -4}, {0: 0.8, 2: 0.8, 3: 0.4, 4: 0.0}),
    ({"kind": "stretch", "schedule": LINE, "rate": 1, "parts": 2, "offset": 4}, {0: 0.4, 1: 0.3, 4: 0.0}),
]


@pytest.mark.parametrize(
    ("plain", "epoch", "lr"),
    [
        pytest.param(plain, epoch, lr, id=f"{plain['kind']}-{i}-{epoch}")
        for i, (plain, values) in enumerate([*LEVELS, *DECAYS, *RAMPS, *WARM, *CYCLES, *COMPOSITES])
        for epoch, lr in values.items()
    ],
)
def test_value(plain: Json, epoch: int, lr: float) -> None:
    assert parse(plain).lr(epoch) == pytest.approx(lr, rel=3e-15, abs=1e-16)


def test_every_kind_has_a_row() -> None:
    rows = [*LEVELS, *DECAYS, *RAMPS, *WARM, *CYCLES, *COMPOSITES]

    assert {plain["kind"] for plain, _ in rows} == set(KINDS)


SHAPES = ["linear", "cosine", "1-sqrt", "sqrt", "1-power", "power", "exponential", "geometric", "log"]


@pytest.mark.parametrize("shape", [*SHAPES, "tanh"])
@pytest.mark.parametrize(("initial", "final"), [(0.1, 0.0007), (0.0007, 0.1), (0.3, 0.3), (1 / 3, 0.1)])
@pytest.mark.parametrize("epochs", [1, 7, 90, 2**53 - 1])
def test_a_ramp_is_exactly_at_its_end_when_its_epochs_are_over(
    shape: str, initial: float, final: float, epochs: int
) -> None:
    ramp = parse(
        {"kind": "ramp", "shape": shape, "initial_lr": initial, "final_lr": final, "epochs": epochs, "power": 3}
    )

    assert ramp.lr(epochs) == final


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("initial", "final"), [(0.1, 0.0007), (0.0007, 0.1), (1 / 3, 0.1)])
def test_a_ramp_starts_exactly_where_it_is_told(shape: str, initial: float, final: float) -> None:
    ramp = parse({"kind": "ramp", "shape": shape, "initial_lr": initial, "final_lr": final, "epochs": 7, "power": 3})

    assert ramp.lr(0) == initial


ENDS: list[tuple[Json, int | None]] = [
    ({"kind": "constant", "initial_lr": 0.1}, None),
    ({"kind": "step", "initial_lr": 0.1, "step_size": 5}, None),
    ({"kind": "multistep", "initial_lr": 0.1, "milestones": [30, 80]}, 81),
    ({"kind": "cosine", "initial_lr": 0.1, "epochs": 90}, 90),
    ({"kind": "cosine", "initial_lr": 0.1, "epochs": 90, "past_end": "continue"}, 90),
    ({"kind": "polynomial", "initial_lr": 0.1, "epochs": 90, "past_end": "stretch"}, 90),
    ({"kind": "wsd", "peak_lr": 0.1, "warmup_epochs": 5, "stable_epochs": 10, "decay_epochs": 20}, 35),
    ({"kind": "one_cycle", "peak_lr": 0.1, "epochs": 100}, 100),
    ({"kind": "points", "points": [[0, 0.1], [9.5, 0.2]]}, 10),
    ({"kind": "table", "values": [1, 2, 3]}, 3),
    ({"kind": "table", "values": [1, 2, 3], "past_end": "repeat"}, None),
    ({"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 10}, None),
    ({"kind": "cosine_restarts", "initial_lr": 0.1, "cycle_epochs": 10, "cycle_mult": 2, "cycles": 3}, 70),
    ({"kind": "warmup", "warmup_epochs": 5, "schedule": {"kind": "cosine", "initial_lr": 0.1, "epochs": 90}}, 95),
    ({"kind": "product", "schedules": [LINE, {"kind": "constant", "initial_lr": 1}]}, 4),
    ({"kind": "product", "schedules": [LINE, STEP]}, None),
    ({"kind": "shift", "offset": 3, "schedule": LINE}, 1),
    ({"kind": "shift", "offset": 9, "schedule": LINE}, None),
    ({"kind": "stretch", "rate": 2, "parts": 3, "schedule": LINE}, 6),
]


@pytest.mark.parametrize(("plain", "end"), ENDS)
def test_its_natural_end_is_known(plain: Json, end: int | None) -> None:
    assert parse(plain).end == end


@pytest.mark.parametrize("kind", KINDS)
def test_its_example_can_be_served(kind: str) -> None:
    example = KINDS[kind].example

    spec = parse(example)

    assert spec.lr(0) >= 0.0
    assert isinstance(spec, KINDS[kind])


def test_a_copy_with_another_parameter_follows_that() -> None:
    step = parse(STEP)
    assert step.lr(0) == 0.8

    assert step.model_copy(update={"initial_lr": 0.5}).lr(0) == 0.5


def test_a_negative_zero_is_served_as_zero() -> None:
    spec = parse({"kind": "constant", "initial_lr": -0.0})

    assert str(spec.lr(0)) == "0.0"
    assert str(spec.plain()["initial_lr"]) == "0.0"
