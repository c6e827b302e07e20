"""The service under `kill -9`: what was answered is found again, and the promise is kept."""

import asyncio

import pytest

from proof import kills
from proof.figure import table
from proof.kills import Size
from proof.store import OnPostgres
from setpoint.journal.failpoints import PLACES

SEEDS = range(1, 31)


def test_thirty_histories_under_kill_9_keep_every_invariant() -> None:
    outcome = kills.Outcome()
    asyncio.run(kills.judge(SEEDS, Size(lives=4, longest_life=0.12), outcome))

    print(table(kills.figures(outcome)))
    assert outcome.violations == []
    assert outcome.unexpected == []
    assert outcome.histories == 30
    assert outcome.observations > 3_000
    assert outcome.hits["SIGKILL"] > 0
    assert [place for place in PLACES if not outcome.hits[place]] == []


@pytest.mark.parametrize(("replicas", "seeds"), [(2, range(1001, 1003)), (3, range(1003, 1004))])
def test_histories_of_replicas_on_one_database_keep_every_invariant(replicas: int, seeds: range) -> None:
    store, outcome = OnPostgres(replicas), kills.Outcome()

    asyncio.run(kills.judge(seeds, Size(lives=4, longest_life=0.2, beside=1), outcome, store))

    print(table(kills.figures(outcome, store.name)))
    assert outcome.violations == []
    assert outcome.unexpected == []
    assert outcome.observations > 150 * len(seeds)
    assert outcome.kills == len(seeds) * replicas * 3
