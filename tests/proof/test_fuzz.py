"""What is fuzzed is of every kind, and what is looked for is noticed; `make fuzz` runs the fuzzer for a minute."""

import math
import random

import pytest

from proof.fuzz import Outcome, tried
from proof.specs import EXAMPLES, changed
from setpoint.api import strict
from setpoint.schedules.basic import Constant

CONSTANT = b'{"kind": "constant", "initial_lr": 0.1}'


def test_every_kind_is_begun_with() -> None:
    outcome = Outcome()

    for example in EXAMPLES:
        tried(example.encode(), outcome)

    assert (outcome.served, outcome.refused, outcome.crashes) == (25, 0, [])


def test_what_is_made_of_them_is_served_or_refused() -> None:
    outcome, chance = Outcome(), random.Random(20261126)

    for _ in range(500):
        tried(changed(chance.choice(EXAMPLES).encode(), chance), outcome)

    assert outcome.crashes == outcome.not_finite == []
    assert min(outcome.served, outcome.refused) > 20


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 4000, b"7"], ids=["nothing", "no text", "deep", "a number"])
def test_what_is_no_schedule_is_put_by_for_one(content: bytes) -> None:
    made = {changed(content, random.Random(seed)) for seed in range(50)}

    assert sum(one.startswith(b"{") for one in made) > 30


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.5])
def test_a_value_that_is_not_fit_to_be_served_is_noticed(value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def unfit(self: Constant, epoch: int) -> float:
        return value

    monkeypatch.setattr(Constant, "lr", unfit)
    outcome = Outcome()
    tried(CONSTANT, outcome)

    assert outcome.not_finite == [CONSTANT.decode()]


def test_a_crash_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def crashing(content: bytes) -> object:
        raise RecursionError("too deep")

    monkeypatch.setattr(strict, "read", crashing)
    outcome = Outcome()
    tried(CONSTANT, outcome)

    assert outcome.crashes == [f"RecursionError: too deep: {CONSTANT.decode()}"]
