"""Mutants of what seals, serialises and writes: a few on every commit, all of them in `make proof`."""

import pytest

from proof.mistakes import MUTANTS, Mutant
from proof.mutants import is_killed
from proof.service import ROOT

FEW = (MUTANTS[0], MUTANTS[5])


@pytest.mark.parametrize("mutant", FEW, ids=lambda mutant: mutant.name)
def test_a_mutant_is_killed(mutant: Mutant) -> None:
    assert is_killed(mutant)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_can_still_be_made(mutant: Mutant) -> None:
    text = (ROOT / "service/setpoint" / mutant.file).read_text()
    where, _, test = mutant.test.partition("::")

    assert text.count(mutant.old) == 1
    assert (ROOT / where).exists()
    assert not test or f"def {test}(" in (ROOT / where).read_text()


def test_there_are_ten_and_more() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) == 18
