"""Fail-over for real: synchronously nothing is lost, asynchronously nothing is lost without being found out."""

import asyncio

from proof import failover


def test_three_synchronous_fail_overs_lose_and_double_nothing() -> None:
    found = asyncio.run(failover.synchronous(seed=1, fail_overs=3))

    assert found.outcome.violations == []
    assert found.outcome.unexpected == []
    assert found.fail_overs == 3
    assert found.outcome.observations > 300


def test_what_an_asynchronous_fail_over_loses_is_found_out_and_a_new_attempt_goes_on() -> None:
    found = asyncio.run(failover.asynchronous(seed=1))

    assert found.lost > 0
    assert set(found.told) == {"history-diverged"}
    assert len(found.told) == 6
    assert found.goes_on
