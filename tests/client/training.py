"""What tests of a training's side go through, and what they wait for."""

import os
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

from setpoint import Run
from setpoint.client import call, events
from setpoint.client.transport import Transport

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 5, "gamma": 0.5}


PLATEAU = {"patience": 0, "factor": 0.5, "wait": True}


EXPECTED = [0.1] * 5 + [0.05] * 5 + [0.025] * 5


def eventually(fact: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def train(run: Run, stop: int) -> list[float]:
    """Go through the epochs before `stop`."""
    return [run.lr(epoch) for epoch in range(stop)]


def told(transport: Transport, run: str, kind: str) -> list[dict[str, Any]]:
    """The events of that kind so far."""
    following = events.follow(transport, call.events(run), after="0")
    return [event.data for event in islice(following, _events(transport, run)) if event.kind == kind]


def _events(transport: Transport, run: str) -> int:
    """How many events there are: a change is made, and its id is the number."""
    transport.ask(call.change(run, {"op": "scale", "factor": 1, "reason": "mark"}, plan="*", key=os.urandom(8).hex()))
    return int(transport.ask(call.log(run)).body["changes"][-1]["id"])
