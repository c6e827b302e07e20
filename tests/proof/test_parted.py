"""A network that parts between a service and its database."""

import asyncio

from proof import parted


def test_a_network_that_parts_violates_nothing_and_what_is_sealed_is_answered_meanwhile() -> None:
    found = asyncio.run(parted.history(seed=1, times=6))

    assert found.outcome.violations == []
    assert found.outcome.unexpected == []
    assert found.times == 6
    assert found.answered > 0
    assert found.refused == 0
