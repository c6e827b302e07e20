"""Specs that nobody would write: each is refused with a fault, or answers finite learning rates that are not negative.

What is tried begins with a proper spec of some kind, and is changed where it hurts: numbers at the edges of what
float64 has, things in the place of others, keys too many and too few, trees inside trees, and bytes of the JSON itself.
"""

import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, cast

from proof.figure import Figure, none, some, told
from setpoint.api import strict
from setpoint.errors import SetpointError
from setpoint.schedules.kinds import KINDS, parse

EDGES: tuple[Any, ...] = (
    0, -0.0, 1, -1, 0.1, 5e-324, 2.2e-308, 1e-16, 1e308, 1.7976931348623157e308, -1e308, 2**31, 2**53 - 1, 2**53, 2**64,
    10**30, math.nan, math.inf, -math.inf, True, False, None, "", "0.1", "hold", "continue", "linear", "cosine", [], {},
    [0], [1, 1], [0.1] * 5, {"kind": "constant", "initial_lr": 0.1},
)  # fmt: skip
NAMES = ("kind", "gamma", "epochs", "x", "past_end", "floor", "schedule", "initial_lr")
EPOCHS = (0, 1, 2, 7, 100, 4095, 4096, 10**6, 10**9, 2**53 - 1)


@dataclass(slots=True)
class Outcome:
    tried: int = 0
    served: int = 0
    refused: int = 0
    crashes: list[str] = field(default_factory=list[str])
    not_finite: list[str] = field(default_factory=list[str])
    kinds: Counter[str] = field(default_factory=Counter[str])


class Fuzzer:
    """Tries specs out of a hat, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.outcome = Outcome()
        self._chance = random.Random(seed)
        self._corpus = list(_examples())

    def try_some(self, count: int) -> Outcome:
        for _ in range(count):
            self._try(self._bytes())
        return self.outcome

    def _try(self, content: bytes) -> None:
        found, shown = self.outcome, content.decode("utf-8", "backslashreplace")
        found.tried += 1
        try:
            spec = parse(strict.read(content))
            values = [spec.lr(epoch) for epoch in EPOCHS]
        except SetpointError:
            found.refused += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            found.crashes.append(f"{type(error).__name__}: {error}: {shown}")
        else:
            found.served += 1
            found.kinds[spec.plain()["kind"]] += 1
            if not all(math.isfinite(value) and value >= 0 for value in values):
                found.not_finite.append(shown)

    def _bytes(self) -> bytes:
        spec = json.loads(self._chance.choice(self._corpus))
        for _ in range(self._chance.choice((0, 1, 1, 1, 2, 3, 6))):
            spec = self._changed(spec)
        content = json.dumps(spec).encode()
        if self._chance.random() < 0.1:
            content = self._torn(content)
        return content

    def _changed(self, value: Any) -> Any:
        """`value`, with something in it replaced, added, taken away, or put inside itself."""
        chance = self._chance
        if isinstance(value, dict) and value and chance.random() < 0.9:
            return self._object(cast(dict[str, Any], value))
        if isinstance(value, list) and value and chance.random() < 0.8:
            items = list[Any](cast(Any, value))
            i = chance.randrange(len(items))
            return [*items[:i], self._changed(items[i]), *items[i + chance.choice((0, 1, 1)) :]]
        if isinstance(value, (int, float)) and chance.random() < 0.5:
            return self._near(value)
        return chance.choice(EDGES)

    def _object(self, plain: dict[str, Any]) -> dict[str, Any]:
        chance = self._chance
        name, other = chance.choice(list(plain)), chance.choice(NAMES)
        without = {key: each for key, each in plain.items() if key != name}
        changes = (
            lambda: {**plain, name: self._changed(plain[name])},
            lambda: without,
            lambda: {**plain, name: json.loads(chance.choice(self._corpus))},
            lambda: {**without, other: plain[name]},
            lambda: {**plain, other: chance.choice(EDGES)},
        )
        return chance.choices(changes, (6, 1, 1, 1, 1))[0]()

    def _near(self, value: float) -> Any:
        chance = self._chance
        if chance.random() < 0.3:
            return value * 10.0 ** chance.randint(-320, 300)
        return chance.choice((value + 1, value - 1, -value, value * 2, value / 3, math.nextafter(value, math.inf)))

    def _torn(self, content: bytes) -> bytes:
        raw = bytearray(content)
        for _ in range(self._chance.choice((1, 1, 2, 8))):
            i = self._chance.randrange(len(raw))
            raw[i : i + self._chance.choice((0, 1, 1))] = bytes([self._chance.randrange(256)])
        return bytes(raw)


def _examples() -> Iterator[str]:
    """A spec of every kind, as `GET /v1/kinds` shows it."""
    for kind in KINDS.values():
        yield json.dumps(kind.example)


def run(executions: int = 10_000_000, seed: int = 1) -> list[Figure]:
    """Try so many; what came of it."""
    began = perf_counter()
    outcome = Fuzzer(seed).try_some(executions)
    for line in [*outcome.crashes, *outcome.not_finite][:20]:
        print(line)
    return [
        told("fuzz", "specs tried", outcome.tried),
        none("fuzz", "crashes", len(outcome.crashes)),
        none("fuzz", "values that are not finite, or negative", len(outcome.not_finite)),
        some("fuzz", "specs served", outcome.served),
        some("fuzz", "specs refused", outcome.refused),
        Figure(
            "fuzz", "kinds served", f"{len(outcome.kinds)} of {len(KINDS)}", "all", len(outcome.kinds) == len(KINDS)
        ),
        told("fuzz", "specs a second", round(outcome.tried / (perf_counter() - began))),
        told("fuzz", "seed", seed),
    ]
