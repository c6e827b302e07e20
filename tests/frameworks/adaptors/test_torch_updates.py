"""`RemoteLR` stepped by updates: those that were made are counted, not those that were skipped."""

from typing import Any

import pytest
import torch
from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict, set_optimizer_state_dict

from setpoint import InvalidRequest
from setpoint.testing import Service
from tests.frameworks.adaptors.remote import STEP, joined
from tests.frameworks.adaptors.small import model, sgd, train


@pytest.mark.parametrize("counts", ["calls", "updates"])
def test_updates_that_mixed_precision_skips_count_only_if_calls_are_counted(served: Service, counts: Any) -> None:
    parameter = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    run = f"amp-{counts}"
    scheduler = joined(served.url, run, optimizer, unit="step", schedule=STEP, counts=counts)
    for factor in (1.0, float("inf"), 1.0, float("inf"), float("inf"), 1.0):
        optimizer.zero_grad()
        scaler.scale((parameter * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()

    assert scheduler.last_epoch == {"calls": 6, "updates": 3}[counts]
    scheduler.close()


def test_updates_are_counted_in_fused_optimizers_too(served: Service) -> None:
    parameter = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([parameter], lr=0.1, fused=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    scheduler = joined(served.url, "fused", optimizer, unit="step", counts="updates")
    for factor in (1.0, float("inf"), 1.0):
        optimizer.zero_grad()
        scaler.scale((parameter * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()

    assert scheduler.last_epoch == 2
    scheduler.close()


def test_an_update_that_only_makes_the_optimizer_s_state_is_not_counted(served: Service) -> None:
    module = model()
    optimizer = sgd(module, momentum=0.9)
    scheduler = joined(served.url, "distributed-checkpoint", optimizer, unit="step", counts="updates")
    train(module, optimizer, scheduler, 3)
    state = get_optimizer_state_dict(module, optimizer)
    fresh = sgd(module, momentum=0.9)
    again = joined(served.url, "distributed-checkpoint", fresh, unit="step", counts="updates")
    again.load_state_dict(scheduler.state_dict())

    set_optimizer_state_dict(module, fresh, state)
    again.step()

    assert again.last_epoch == 3
    scheduler.close()
    again.close()


def test_updates_are_no_epochs(served: Service) -> None:
    with pytest.raises(InvalidRequest, match="for a run whose unit is a step"):
        joined(served.url, "no-epochs", counts="updates")
