"""A training's side of a run that was rolled back or launched again."""

import pytest

from setpoint import Run, StaleAttempt
from setpoint.errors import InvalidRequest
from setpoint.testing import Service
from tests.client.training import EXPECTED, STEP, train


def test_a_worker_of_an_old_attempt_is_told_past_its_grant(served: Service) -> None:
    with (
        Run.join(served.url, "fenced", schedule=STEP, worker="a") as zombie,
        Run.join(served.url, "fenced", schedule=STEP, worker="b") as operator,
    ):
        train(zombie, 7)
        train(operator, 7)
        opened = operator.rollback(4, scale=0.1, reason="diverged")

        assert zombie.lr(7) == 0.05
        with pytest.raises(StaleAttempt) as told_so:
            zombie.lr(8)
        assert told_so.value.extra == {"attempt": 2, "from_epoch": 4}
        assert isinstance(zombie.fault, StaleAttempt)
        assert (opened["attempt"], operator.attempt) == (2, 2)
        assert operator.lr(4) == 0.010000000000000002
        with pytest.raises(StaleAttempt):
            zombie.lr(9)


def test_who_joins_after_a_rollback_belongs_to_the_new_attempt(served: Service) -> None:
    with Run.join(served.url, "joined-late", schedule=STEP, worker="a") as first:
        train(first, 7)
        first.rollback(4, reason="diverged")

        with Run.join(served.url, "joined-late", schedule=STEP, worker="b") as second:
            assert (second.attempt, second.lr(4)) == (2, 0.1)


def test_all_ranks_of_a_relaunch_share_one_attempt(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    with Run.join(served.url, "relaunched", schedule=STEP) as before:
        train(before, 7)
    ranks = [Run.join(served.url, "relaunched", schedule=STEP, worker=f"rank{rank}") for rank in range(3)]

    attempts = [rank.resume(4)["attempt"] for rank in ranks]
    rates = [[rank.lr(epoch) for epoch in range(4, 9)] for rank in ranks]

    assert attempts == [2, 2, 2]
    assert rates == [EXPECTED[4:9]] * 3
    for rank in ranks:
        rank.close()


def test_a_further_relaunch_is_a_further_attempt(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "8")
    with Run.join(served.url, "relaunched-again", schedule=STEP) as run:
        train(run, 7)
        assert run.resume(4)["attempt"] == 2
        assert run.resume(4)["attempt"] == 3
        assert run.resume(4, key="mine")["attempt"] == 4
        assert run.resume(4, key="mine")["attempt"] == 4


def test_ranks_that_nothing_tells_of_a_relaunch_need_a_key(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    with Run.join(served.url, "keyless", schedule=STEP) as run:
        with pytest.raises(InvalidRequest, match="give every rank the same key"):
            run.resume(0)

        assert run.resume(0, key="drawn-by-rank-0")["attempt"] == 2
