"""Specs that nobody would write, made of others: changed where it hurts.

Numbers at the edges of what float64 has, things in the place of others, keys too many and too few, trees inside trees,
and bytes of the JSON itself.
"""

import json
import math
import random
from typing import Any, cast

from setpoint.schedules.kinds import KINDS

EDGES: tuple[Any, ...] = (
    0, -0.0, 1, -1, 0.1, 5e-324, 2.2e-308, 1e-16, 1e308, 1.7976931348623157e308, -1e308, 2**31, 2**53 - 1, 2**53, 2**64,
    10**30, math.nan, math.inf, -math.inf, True, False, None, "", "0.1", "hold", "continue", "linear", "cosine", [], {},
    [0], [1, 1], [0.1] * 5, {"kind": "constant", "initial_lr": 0.1},
)  # fmt: skip
NAMES = ("kind", "gamma", "epochs", "x", "past_end", "floor", "schedule", "initial_lr")
EXAMPLES = tuple(json.dumps(kind.example) for kind in KINDS.values())
"""A spec of every kind, as `GET /v1/kinds` shows it."""


def changed(content: bytes, chance: random.Random) -> bytes:
    """`content` with something in it changed; what is no JSON is put by for an example."""
    try:
        spec = json.loads(content)
    except (ValueError, RecursionError):
        spec = None
    if not isinstance(spec, dict) or chance.random() < 0.3:
        spec = json.loads(chance.choice(EXAMPLES))
    for _ in range(chance.choice((1, 1, 1, 1, 2, 4))):
        spec = _changed(spec, chance)
    made = json.dumps(spec).encode()
    return _torn(made, chance) if chance.random() < 0.1 else made


def _changed(value: Any, chance: random.Random) -> Any:
    """`value`, with something in it replaced, added, taken away, or put inside itself."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        return _object(cast(dict[str, Any], value), chance)
    if isinstance(value, list) and value and chance.random() < 0.8:
        items = list[Any](cast(Any, value))
        i = chance.randrange(len(items))
        return [*items[:i], _changed(items[i], chance), *items[i + chance.choice((0, 1, 1)) :]]
    if isinstance(value, (int, float)) and chance.random() < 0.5:
        return _near(value, chance)
    return chance.choice(EDGES)


def _object(plain: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    name, other = chance.choice(list(plain)), chance.choice(NAMES)
    without = {key: each for key, each in plain.items() if key != name}
    changes = (
        lambda: {**plain, name: _changed(plain[name], chance)},
        lambda: without,
        lambda: {**plain, name: json.loads(chance.choice(EXAMPLES))},
        lambda: {**without, other: plain[name]},
        lambda: {**plain, other: chance.choice(EDGES)},
    )
    return chance.choices(changes, (6, 1, 1, 1, 1))[0]()


def _near(value: float, chance: random.Random) -> Any:
    if chance.random() < 0.3:
        return value * 10.0 ** chance.randint(-320, 300)
    return chance.choice((value + 1, value - 1, -value, value * 2, value / 3, math.nextafter(value, math.inf)))


def _torn(content: bytes, chance: random.Random) -> bytes:
    raw = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        i = chance.randrange(len(raw))
        raw[i : i + chance.choice((0, 1, 1))] = bytes([chance.randrange(256)])
    return bytes(raw)
