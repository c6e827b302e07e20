"""The fuzzer, for a moment: what it tries is of every kind, and it notices what it looks for."""

import math

import pytest

from proof.fuzz import Fuzzer
from setpoint.api import strict
from setpoint.schedules.basic import Constant
from setpoint.schedules.kinds import KINDS


def test_nothing_crashes_and_nothing_served_is_not_finite() -> None:
    outcome = Fuzzer(seed=20261126).try_some(5_000)

    assert outcome.crashes == []
    assert outcome.not_finite == []
    assert outcome.kinds.keys() == KINDS.keys()
    assert min(outcome.served, outcome.refused) > 500


def test_the_same_seed_tries_the_same() -> None:
    first, second = Fuzzer(7).try_some(200), Fuzzer(7).try_some(200)

    assert (first.served, first.kinds) == (second.served, second.kinds)


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.5])
def test_a_value_that_is_not_fit_to_be_served_is_noticed(value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def unfit(self: Constant, epoch: int) -> float:
        return value

    monkeypatch.setattr(Constant, "lr", unfit)

    assert Fuzzer(1).try_some(500).not_finite


def test_a_crash_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def crashing(content: bytes) -> object:
        raise RecursionError("too deep")

    monkeypatch.setattr(strict, "read", crashing)

    assert Fuzzer(1).try_some(1).crashes[0].startswith("RecursionError: too deep: {")
