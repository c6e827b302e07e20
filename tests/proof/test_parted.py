"""A network that parts between a service and its database."""

import asyncio

from proof import parted


def test_a_network_that_parts_violates_nothing_and_keeps_back_no_sealed_rate() -> None:
    found = asyncio.run(parted.history(seed=1, times=6))

    assert found.outcome.violations == []
    assert found.outcome.unexpected == []
    assert found.times == 6
    assert found.asked > 0
    assert (found.refused, found.wrong) == (0, 0)
