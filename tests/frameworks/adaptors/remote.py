"""`RemoteLR` as tests join it, and what they see of its run."""

from io import BytesIO
from typing import Any

import torch

from setpoint.adaptors.torch import RemoteLR
from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.transport import Transport
from setpoint.testing import Service
from tests.frameworks.adaptors.small import model, sgd

STEP = {"kind": "step", "step_size": 5, "gamma": 0.5}


EXPECTED = [0.1] * 5 + [0.05] * 5 + [0.025] * 5


def joined(url: str, run: str, optimizer: Any = None, **settings: Any) -> RemoteLR:
    given: dict[str, Any] = {"schedule": STEP, **settings}
    return RemoteLR(optimizer or sgd(model()), url, run=run, **given)


def shown(served: Service, run: str) -> Any:
    with Transport(Place(served.url)) as transport:
        return transport.ask(call.show(run)).body


def saved(state: dict[str, Any]) -> dict[str, Any]:
    """As a checkpoint on disk gives it back, where nothing but primitives may come out of it."""
    file = BytesIO()
    torch.save(state, file)
    file.seek(0)
    loaded: dict[str, Any] = torch.load(file, weights_only=True)
    return loaded
