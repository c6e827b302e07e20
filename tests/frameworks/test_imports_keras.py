"""Keras' schedules, run in float64 and imported with the same arguments."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from setpoint.interop.registry import read
from tests.frameworks.imported import differences

Arguments = dict[str, Any]
SCRIPT = Path(__file__).with_name("keras_schedules.py")


def decay(random: Random) -> Arguments:
    return {"initial_learning_rate": random.uniform(1e-4, 1), "decay_steps": random.randint(1, 50)}


def exponential(random: Random) -> Arguments:
    return decay(random) | {"decay_rate": random.uniform(0.01, 1.3), "staircase": random.random() < 0.5}


def inverse_time(random: Random) -> Arguments:
    return decay(random) | {"decay_rate": random.uniform(0, 3), "staircase": random.random() < 0.5}


def piecewise(random: Random) -> Arguments:
    boundaries = sorted(random.randint(0, 60) for _ in range(random.randint(1, 5)))
    return {"boundaries": boundaries, "values": [random.random() for _ in range(len(boundaries) + 1)]}


def polynomial(random: Random) -> Arguments:
    power, cycle = random.choice([0.5, 1.0, 2.0, 2.7]), random.random() < 0.5
    return decay(random) | {"end_learning_rate": random.uniform(0, 0.5), "power": power, "cycle": cycle}


def cosine(random: Random) -> Arguments:
    warmup = {"warmup_target": random.random(), "warmup_steps": random.randint(0, 30)}
    return decay(random) | {"alpha": random.random()} | (warmup if random.random() < 0.5 else {})


def restarts(random: Random) -> Arguments:
    return {
        "initial_learning_rate": random.uniform(1e-4, 1),
        "first_decay_steps": random.randint(1, 20),
        "t_mul": random.choice([1.0, 1.1, 1.5, 2.0, 2.5, 3.0, 5.0, 7.0]),
        "m_mul": random.uniform(0.3, 1.2),
        "alpha": random.random(),
    }


SCHEDULES: dict[str, Callable[[Random], Arguments]] = {
    "ExponentialDecay": exponential,
    "InverseTimeDecay": inverse_time,
    "PiecewiseConstantDecay": piecewise,
    "PolynomialDecay": polynomial,
    "CosineDecay": cosine,
    "CosineDecayRestarts": restarts,
}


def test_schedules_are_imported_as_they_run() -> None:
    """All in one process: Keras with torch underneath takes longer to import than to run."""
    given = [(name, make(random)) for name, make in SCHEDULES.items() for random in [Random(name)] for _ in range(100)]

    ran = subprocess.run([sys.executable, SCRIPT], input=json.dumps(given), capture_output=True, text=True, check=True)

    columns = json.loads(ran.stdout)
    imports = [read("keras", name, arguments, None) for name, arguments in given]
    differing = [
        (call, found)
        for call, got, column in zip(given, imports, columns, strict=True)
        if (found := differences(got, [column], 1e-12))
    ]
    assert differing == []
    assert len(columns) == 600
