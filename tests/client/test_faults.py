"""Workers on a bad network: nothing is raised, and all are given the same."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from setpoint import Run
from setpoint.client import talk
from setpoint.client.retry import Patience
from setpoint.testing import Service
from tests.client.faulty import faulty

SEED = 20_260_101
STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}
EPOCHS, WORKERS = 40, 4


def test_on_a_bad_network_all_workers_are_given_the_same_and_nothing_is_raised(
    served: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "_ONE_TRY", Patience(deadline_seconds=0.5, try_seconds=0.5, tries=1))
    print(f"seed {SEED}")
    Run.join(served.url, "faults", schedule=STEP).close()

    def train(worker: int, url: str) -> list[float]:
        rates: list[float] = []
        with Run.join(url, "faults", worker=f"rank{worker}", outage_seconds=60) as run:
            for epoch in range(EPOCHS):
                rates.append(run.lr(epoch))
                run.report(epoch, 1.0)
                time.sleep(0.005)
        return rates

    with faulty(served.url, SEED) as proxy, ThreadPoolExecutor(WORKERS + 1) as pool:
        training = [pool.submit(train, worker, proxy.url) for worker in range(WORKERS)]
        with Run.join(served.url, "faults", worker="operator") as operator:
            for _ in range(8):
                operator.change("scale", factor=0.9, reason="x")
                time.sleep(0.1)
        first, *others = [each.result(60) for each in training]

    assert all(rates == first for rates in others)
    assert len(first) == EPOCHS
    assert first[-1] < 0.1 * 0.5**7, "the changes came while they trained"
    assert all(proxy.met.values()), proxy.met
