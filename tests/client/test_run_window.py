"""Windows: the learning rates of many epochs in one go."""

from typing import Any

import pytest

from setpoint import Run
from setpoint.client import call
from setpoint.client.transport import Transport
from setpoint.errors import InvalidRequest
from setpoint.testing import Service
from tests.client.training import STEP, eventually, told


def test_a_window_is_given_to_who_trains_it_in_one_go(served: Service) -> None:
    settings: dict[str, Any] = {"unit": "step", "max_lookahead": 7, "groups": {"head": {**STEP, "initial_lr": 1.0}}}
    with Run.join(served.url, "window", schedule=STEP, **settings) as run:
        first = run.window(0, 4)
        run.change("scale", factor=0.5, reason="x")
        second = run.window(4, 8)

    assert [values.lr for values in first] == [0.1] * 4
    assert [values.lr for values in second] == [0.1, *[0.05] * 3, *[0.025] * 2, *[0.0125] * 2]
    assert second[-1].groups == {"head": 0.125}


def test_a_window_is_no_longer_than_a_grant(served: Service) -> None:
    with Run.join(served.url, "wide", schedule=STEP, max_lookahead=3) as run:
        assert len(run.window(0, 4)) == 4
        with pytest.raises(InvalidRequest, match=r"has 1 to 4 epochs, and not 5: create the run with max_lookahead=4"):
            run.window(1, 5)
        with pytest.raises(InvalidRequest, match="and not 0"):
            run.window(1, 0)


def test_a_window_goes_on_by_the_plan(going: Service) -> None:
    settings: dict[str, Any] = {"on_outage": "plan", "outage_seconds": 0.2, "max_lookahead": 5}
    with Run.join(going.url, "window-planned", schedule=STEP, **settings) as run:
        run.lr(0)
        eventually(lambda: run._held.planned)
        going.stop()

        assert [values.lr for values in run.window(4, 4)] == [0.1, 0.05, 0.05, 0.05]

        going.start()
        eventually(lambda: run.state == "ready" and run._held.own is None)
        with Transport(run.place) as transport:
            assert transport.ask(call.show("window-planned")).body["frontier"] >= 8
            assert told(transport, "window-planned", "divergence") == []
