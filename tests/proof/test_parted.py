"""A network that parts between a service and its database."""

import asyncio

from proof import parted


def test_a_network_that_parts_violates_nothing_and_makes_no_sealed_rate_wrong() -> None:
    found = asyncio.run(parted.history(seed=1, times=6))

    assert found.outcome.violations == []
    assert found.outcome.unexpected == []
    assert found.times == 6
    assert found.asked > 0
    assert found.wrong == 0
