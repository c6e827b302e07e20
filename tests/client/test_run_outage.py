"""A training's side of a run while its service is gone, and when it is back."""

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from setpoint import Run, Unavailable
from setpoint.client import call, contact
from setpoint.client.grant import Values
from setpoint.client.outage import Exhausted
from setpoint.client.retry import Patience
from setpoint.client.transport import Transport
from setpoint.testing import Service
from tests.client.training import EXPECTED, STEP, eventually, told


def test_inside_the_grant_nothing_is_raised_with_the_service_gone(going: Service) -> None:
    with Run.join(going.url, "gone", schedule=STEP, unit="step", max_lookahead=99) as run:
        run.lr(0)
        going.stop()

        rates = [run.lr(step) for step in range(100)]

        assert rates[:15] == EXPECTED
        eventually(lambda: run.state == "stale")


def test_past_the_grant_it_stalls_until_the_service_is_back(going: Service) -> None:
    with Run.join(going.url, "stalls", schedule=STEP) as run:
        run.lr(1)
        going.stop()
        assert run.lr(2) == 0.1
        threading.Timer(0.5, going.start).start()

        assert run.lr(3) == 0.1
        assert run.state == "ready"


def test_who_waits_but_a_moment_sees_the_service_tried_meanwhile(going: Service) -> None:
    with Run.join(going.url, "brief", schedule=STEP, on_outage="raise", outage_seconds=0.9) as run:
        run.lr(0)
        going.stop()
        for _ in range(4):
            with pytest.raises(Unavailable):
                run.lr(2)
        going.start()

        assert run.lr(2) == 0.1


@pytest.mark.parametrize("on_outage", ["stall", "raise"])
def test_a_stall_has_an_end(on_outage: Any, going: Service) -> None:
    with Run.join(going.url, "ends", schedule=STEP, on_outage=on_outage, outage_seconds=0.3) as run:
        run.lr(0)
        going.stop()
        run.lr(1)

        with pytest.raises(Exhausted, match=r"no grant for epoch 2 of ends: .* can't be reached") as raised:
            run.lr(2)

        assert run.state == "exhausted"
        assert isinstance(raised.value, Unavailable)
        assert run.lr(1) == 0.1


def test_by_the_plan_it_goes_on_and_tells_the_service_when_it_is_back(going: Service) -> None:
    with Run.join(going.url, "planned", schedule=STEP, on_outage="plan", outage_seconds=0.2) as run:
        run.lr(0)
        eventually(lambda: run._held.planned)
        going.stop()
        rates = [run.lr(epoch) for epoch in range(1, 12)]
        began = time.monotonic()
        rates += [run.lr(epoch) for epoch in range(12, 15)]
        waited = time.monotonic() - began
        run.report(12, 0.5)

        assert rates == EXPECTED[1:]
        assert run.state == "exhausted"
        assert waited < 0.1, "it is known to be away"

        going.start()
        eventually(lambda: run.state == "ready" and run._held.own is None)
        with Transport(run._contact.transport.place) as transport:
            assert transport.ask(call.show("planned")).body["frontier"] >= 15
            eventually(lambda: [metric["epoch"] for metric in told(transport, "planned", "metric")] == [12])
            assert told(transport, "planned", "divergence") == []


def test_by_the_plan_hyperparameters_go_on_as_well(going: Service) -> None:
    settings: dict[str, Any] = {
        "groups": {"head": {**STEP, "initial_lr": 1.0}},
        "hyperparameters": {"momentum": {"kind": "linear", "initial_lr": 0.9, "final_lr": 0.5, "epochs": 10}},
    }
    with Run.join(
        going.url, "planned-momentum", schedule=STEP, on_outage="plan", outage_seconds=0.2, **settings
    ) as run:
        run.lr(0)
        eventually(lambda: run._held.planned)
        going.stop()
        run.lr(1)

        assert run.values(5) == Values(0.05, {"head": 0.5}, {"momentum": 0.7})

        going.start()
        eventually(lambda: run.state == "ready" and run._held.own is None)
        with Transport(run.place) as transport:
            assert transport.ask(call.look("planned-momentum", 5)).body["hyperparameters"] == {"momentum": 0.7}


def test_what_was_changed_meanwhile_is_told_as_a_divergence(going: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with Run.join(going.url, "parted", schedule=STEP, on_outage="plan", outage_seconds=1, worker="a") as run:
        run.lr(0)
        eventually(lambda: run._held.planned)
        late = Patience(deadline_seconds=math.inf, first_seconds=3600.0, most_seconds=3600.0)
        monkeypatch.setattr(contact, "_BETWEEN", late)  # it comes back when it is told to: another is first
        monkeypatch.setattr(contact, "drawn", lambda: 1.0)
        going.stop()
        own = [run.lr(epoch) for epoch in range(5)]
        going.start()
        with Transport(run._contact.transport.place) as transport:
            transport.ask(call.change("parted", {"op": "scale", "factor": 0.5, "reason": "x"}, plan="*", key="k"))
            with run.contact._called:
                run.contact._due = 0.0
                run.contact._called.notify()
            eventually(lambda: run.state == "ready" and run._held.own is None)
            (divergence,) = told(transport, "parted", "divergence")

    assert own == [0.1] * 5
    assert (divergence["worker"], divergence["start"]) == ("a", 2)
    assert (divergence["used"], divergence["sealed"]) == ([0.1] * 3, [0.05] * 3)


def test_threads_that_wait_do_not_wake_each_other(going: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with Run.join(going.url, "waking", schedule=STEP, outage_seconds=0.5) as run, ThreadPoolExecutor(2) as pool:
        run.lr(0)
        going.stop()
        tried: list[int] = []
        try_once = run.contact.tried

        def counted(epoch: int, *others: Any) -> Any:
            tried.append(epoch)
            return try_once(epoch, *others)

        monkeypatch.setattr(run.contact, "tried", counted)
        waiting = [pool.submit(run.lr, epoch) for epoch in (2, 3)]
        assert all(isinstance(each.exception(10), Exhausted) for each in waiting)

    assert 2 <= len(tried) < 100
