"""A training's metrics, and waiting for those of the others."""

import math
import threading
import time
from typing import Any

import pytest

from setpoint import EpochTooFar, Run
from setpoint.client.transport import Transport
from setpoint.errors import MetricAwaited
from setpoint.testing import Service
from tests.client.training import PLATEAU, STEP, told


def test_metrics_are_reported_in_the_background_nan_too(served: Service) -> None:
    with Run.join(served.url, "metrics", schedule=STEP, worker="a") as run:
        for epoch, value in enumerate([0.5, math.nan, -math.inf, 7]):
            run.lr(epoch)
            run.report(epoch, value, weight=2)
        assert run._contact.flush(10)

        with Transport(run._contact.transport.place) as transport:
            found = [
                (event["epoch"], event["value"], event["weight"]) for event in told(transport, "metrics", "metric")
            ]

    assert found == [(0, 0.5, 2.0), (1, "NaN", 2.0), (2, "-Infinity", 2.0), (3, 7.0, 2.0)]


def test_a_metric_that_is_none_ends_no_training(served: Service, caplog: pytest.LogCaptureFixture) -> None:
    with Run.join(served.url, "strange", schedule=STEP) as run:
        run.report(0, object())
        run.report(0, "high")
        run.report(-1, 0.5)
        run._contact.flush(10)

        assert run.lr(0) == 0.1

    assert caplog.text.count("can't be reported") == 2
    assert "was refused" in caplog.text


def test_metrics_of_an_outage_are_sent_when_it_is_over(going: Service) -> None:
    with Run.join(going.url, "kept", schedule=STEP, worker="a") as run:
        run.lr(0)
        going.stop()
        for epoch in range(3):
            run.report(epoch, 1 / (epoch + 1))
        going.start()

        assert run._contact.flush(10)


def test_a_rate_that_waits_for_the_others_metrics_waits(served: Service) -> None:
    ranks = [
        Run.join(served.url, "plateau", schedule=STEP, plateau={**PLATEAU, "reports": 2}, worker=f"rank{rank}")
        for rank in range(2)
    ]
    rates: list[float] = []
    for rank in ranks:
        rank.lr(0)
        rank.report(0, 1.0)
    waiting = threading.Thread(target=lambda: rates.extend(ranks[0].lr(epoch) for epoch in (1, 2)))
    for rank in ranks:
        assert rank.lr(1) == 0.1
    ranks[0].report(1, 2.0)
    waiting.start()
    time.sleep(0.2)
    assert rates == [0.1]

    ranks[1].report(1, 2.0)

    waiting.join(15)
    assert rates == [0.1, 0.05]
    for rank in ranks:
        rank.close()


def test_to_wait_for_others_has_an_end_too(served: Service) -> None:
    with Run.join(served.url, "alone", schedule=STEP, plateau=PLATEAU, wait_seconds=0.5) as run:
        run.lr(0)

        with pytest.raises(MetricAwaited):
            run.lr(1)


def test_the_fastest_waits_for_the_slowest(served: Service) -> None:
    settings: dict[str, Any] = {"schedule": STEP, "progress": "slowest", "workers": 2, "max_lookahead": 1}
    with (
        Run.join(served.url, "slowest", worker="a", **settings) as fast,
        Run.join(served.url, "slowest", worker="b", **settings) as slow,
    ):
        slow.lr(0)
        reached: list[int] = []

        def go() -> None:
            for epoch in range(5):
                fast.lr(epoch)
                reached.append(epoch)

        going = threading.Thread(target=go)
        going.start()
        time.sleep(0.3)
        ahead = list(reached)
        for epoch in range(1, 5):
            slow.lr(epoch)
        going.join(15)

    assert ahead[-1] < 4
    assert reached == [0, 1, 2, 3, 4]


def test_who_waits_for_others_does_not_ask_all_the_time(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {"schedule": STEP, "progress": "slowest", "workers": 2, "max_lookahead": 0}
    with Run.join(served.url, "patient", worker="a", wait_seconds=1.0, **settings) as run:
        run.lr(0)
        asked: list[object] = []
        ask = run._contact.transport.ask

        def counted(sent: Any, patience: Any = None) -> Any:
            asked.append(sent)
            return ask(sent, patience)

        monkeypatch.setattr(run._contact.transport, "ask", counted)
        with pytest.raises(EpochTooFar):
            run.lr(1)

    assert 1 <= len(asked) < 30
