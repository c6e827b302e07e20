"""The checker of histories: it finds what is wrong, by its name, and nothing where nothing is."""

import pytest

from proof.checker import check
from proof.figure import Figure
from proof.history import History
from proof.large import run
from proof.planted import PLANTED, Planted, good


def test_a_good_history_violates_nothing() -> None:
    assert check(good()) == []


def test_a_history_in_which_nothing_was_sealed_violates_nothing() -> None:
    assert check(History()) == []


@pytest.mark.parametrize("bad", PLANTED, ids=lambda bad: bad.name)
def test_a_bad_history_is_named_by_the_invariant_it_breaks(bad: Planted) -> None:
    violations = check(bad.history())

    assert {violation.invariant for violation in violations} == {bad.invariant}


def test_every_invariant_is_broken_by_some_of_the_twenty() -> None:
    assert len(PLANTED) == 20
    assert {bad.invariant for bad in PLANTED} == {f"I{i}" for i in range(1, 10)}


def test_a_hundred_thousand_observations_are_checked_at_once() -> None:
    figures = run(observations=100_000)

    assert [figure for figure in figures if not figure.ok] == list[Figure]()
