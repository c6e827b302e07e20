"""The service under `kill -9`: what was answered is found again, and the promise is kept."""

import asyncio

from proof import kills
from proof.figure import table
from proof.kills import Size
from setpoint.journal.failpoints import PLACES

SEEDS = range(1, 31)


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
