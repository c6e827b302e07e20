"""The service under `kill -9`: what was answered is found again, and the promise is kept."""

import asyncio

import pytest

from proof import kills
from proof.figure import table
from proof.kills import Size
from proof.store import OnPostgres
from setpoint.journal.failpoints import PLACES

SEEDS = range(1, 31)
OF_REPLICAS = range(1001, 1004)


def test_thirty_histories_under_kill_9_keep_every_invariant() -> None:
    outcome = kills.Outcome()
    asyncio.run(kills.judge(SEEDS, Size(lives=5, longest_life=0.12), outcome))

    print(table(kills.figures(outcome)))
    assert outcome.violations == []
    assert outcome.unexpected == []
    assert outcome.histories == 30
    assert outcome.observations > 4_000
    assert outcome.hits["SIGKILL"] > 0
    assert [place for place in PLACES if not outcome.hits[place]] == []


@pytest.mark.parametrize("replicas", [2, 3])
def test_histories_of_replicas_on_one_database_keep_every_invariant(replicas: int) -> None:
    store, outcome = OnPostgres(replicas), kills.Outcome()

    asyncio.run(kills.judge(OF_REPLICAS, Size(lives=4, longest_life=0.2, beside=1), outcome, store))

    print(table(kills.figures(outcome, store.name)))
    assert outcome.violations == []
    assert outcome.unexpected == []
    assert outcome.observations > 500
    assert outcome.kills == len(OF_REPLICAS) * replicas * 3
