"""Federated averaging over plain HTTP: devices that hold their own data share nothing but weights, and a learning rate.

    python examples/federated.py [URL]

A round is an epoch. In each, a few devices are drawn; each asks for the round's learning rate by itself, whenever it
gets to it, and all are given the same one. Nothing of Setpoint is imported: a device needs an HTTP client, no more.
"""

import json
import os
import random
import sys
import urllib.request
from typing import Any

ROUNDS, DEVICES, DRAWN, STEPS = 20, 12, 5, 10
TRUE = (2.0, -1.0, 0.5)


def put(url: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))


def own_data(device: int) -> list[tuple[list[float], float]]:
    """What nobody else sees: each device's inputs lie elsewhere."""
    chance = random.Random(device)
    inputs = [[chance.gauss(device / DEVICES, 1.0) for _ in TRUE] for _ in range(20)]
    return [(x, sum(a * b for a, b in zip(TRUE, x, strict=True)) + chance.gauss(0, 0.05)) for x in inputs]


def trained(run: str, device: int, round_number: int, weights: list[float]) -> tuple[list[float], float]:
    """A device's weights after some steps on its own data, at the round's learning rate; and that."""
    granted = put(f"{run}/workers/device{device}", {"epoch": round_number})
    w, lr, data = list(weights), granted["lr"], own_data(device)
    for _ in range(STEPS):
        for x, y in data:
            error = sum(a * b for a, b in zip(w, x, strict=True)) - y
            w = [a - lr * error * b for a, b in zip(w, x, strict=True)]
    return w, lr


def main(url: str) -> None:
    run = f"{url}/v1/runs/federated-{os.getpid()}"
    put(run, {"schedule": {"kind": "cosine", "initial_lr": 0.05, "epochs": ROUNDS, "min_lr": 0.001}})
    weights, chance = [0.0] * len(TRUE), random.Random(0)
    for round_number in range(ROUNDS):
        drawn = chance.sample(range(DEVICES), DRAWN)
        results = [trained(run, device, round_number, weights) for device in drawn]
        rates = {lr for _, lr in results}
        assert len(rates) == 1, "one round, one learning rate"
        weights = [sum(column) / DRAWN for column in zip(*(w for w, _ in results), strict=True)]
        distance = sum((a - b) ** 2 for a, b in zip(weights, TRUE, strict=True)) ** 0.5
        print(f"round {round_number:2}  lr {rates.pop():.4f}  distance to the truth {distance:.4f}")
    print(f"learned {', '.join(f'{w:.2f}' for w in weights)} of {', '.join(map(str, TRUE))}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SETPOINT_URL", "http://127.0.0.1:8321"))
