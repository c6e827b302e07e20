"""The small model of sealing, exhausted: the protocol keeps its invariants, and each mistake breaks one."""

import pytest

from tests.model.explore import explored
from tests.model.protocol import SOUND, Flaws


def test_in_no_order_of_steps_is_an_invariant_broken() -> None:
    exploration = explored(SOUND)

    print(f"{exploration.states} states")
    assert exploration.violations == {}
    assert exploration.states > 20_000


@pytest.mark.parametrize(
    ("flaw", "invariant"),
    [
        ("replies_before_commit", "I2"),
        ("upserts", "I1"),
        ("change_rewrites_sealed", "I3"),
        ("seals_without_prefix", "I4"),
        ("trusts_cached_plan", "I5"),
        ("trusts_cached_attempt", "I7"),
        ("rolls_back_in_place", "I1"),
        ("reads_standby", "I5"),
        ("does_not_sync", "I2"),
    ],
)
def test_every_mistake_breaks_the_invariant_that_is_named_for_it(flaw: str, invariant: str) -> None:
    exploration = explored(Flaws(**{flaw: True}), until=invariant)

    print(f"{flaw}: {invariant} after {exploration.states} states, by {exploration.violations.get(invariant)}")
    assert invariant in exploration.violations
