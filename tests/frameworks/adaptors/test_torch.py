"""`RemoteLR` in a training of one process."""

import threading
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau, StepLR

from setpoint import InvalidRequest, Run, Unavailable
from setpoint.adaptors.torch import RemoteLR
from setpoint.testing import Service
from tests.frameworks.adaptors.remote import EXPECTED, STEP, joined, shown
from tests.frameworks.adaptors.small import driven, lr, model, sgd, train, update, weights


def test_it_is_a_scheduler_of_torch(served: Service) -> None:
    scheduler = joined(served.url, "real")

    assert isinstance(scheduler, LRScheduler)
    assert (scheduler.last_epoch, scheduler.get_last_lr(), scheduler.attempt) == (0, [0.1], 1)
    scheduler.finish()


def test_a_training_has_the_learning_rates_of_the_schedule_and_weights_to_the_bit(served: Service) -> None:
    trained, by_hand = model(), model()
    optimizer = sgd(trained, momentum=0.9)
    scheduler = joined(served.url, "whole", optimizer)

    used = train(trained, optimizer, scheduler, 15)
    driven(by_hand, sgd(by_hand, momentum=0.9), used)

    assert used == EXPECTED
    assert weights(trained) == weights(by_hand)
    scheduler.finish()
    assert shown(served, "whole")["state"] == "finished"


def test_a_change_from_outside_reaches_the_optimizer(served: Service) -> None:
    module = model()
    optimizer = sgd(module)
    scheduler = joined(served.url, "changed", optimizer)
    with Run.join(served.url, "changed", worker="operator") as operator:
        receipt = operator.change("scale", factor=0.5, reason="too high")

    used = train(module, optimizer, scheduler, 5)

    assert receipt["effective_epoch"] == 2
    assert used == [0.1, 0.1, 0.05, 0.05, 0.05]
    scheduler.close()


def test_the_schedule_starts_from_the_optimizer(served: Service) -> None:
    joined(served.url, "from-optimizer", sgd(model(), lr=0.3)).close()

    assert shown(served, "from-optimizer")["schedule"] == {**STEP, "initial_lr": 0.3}


def test_a_warm_up_and_all_members_of_a_sequence_start_from_the_optimizer(served: Service) -> None:
    schedule = {
        "kind": "sequence",
        "schedules": [
            {"kind": "linear", "initial_lr": 0.01, "final_lr": 0.1, "epochs": 5},
            {"kind": "cosine", "epochs": 9},
        ],
        "milestones": [5],
    }

    scheduler = joined(served.url, "sequence", sgd(model(), lr=0.1), schedule=schedule)

    assert shown(served, "sequence")["schedule"]["schedules"][1]["initial_lr"] == 0.1
    assert scheduler.get_last_lr() == [0.01]
    scheduler.close()


def test_a_schedule_that_names_another_learning_rate_is_refused(served: Service) -> None:
    with pytest.raises(InvalidRequest, match=r"the optimizer's learning rate is 0\.1 .* starts from 0\.2: say it once"):
        joined(served.url, "disagrees", schedule={**STEP, "initial_lr": 0.2})

    joined(served.url, "agrees", schedule={**STEP, "initial_lr": 0.1}).close()


def test_groups_of_their_own_learning_rates_have_the_same_schedule_from_there(served: Service) -> None:
    body, head = model(0), model(1)
    groups = [{"params": body.parameters(), "lr": 0.1}, {"params": head.parameters(), "lr": 1.0, "name": "head"}]
    optimizer = torch.optim.SGD(groups)
    scheduler = joined(served.url, "own-groups", optimizer)
    for _ in range(5):
        optimizer.step()
        scheduler.step()

    assert scheduler.get_last_lr() == [0.05, 0.5]
    assert shown(served, "own-groups")["groups"] == {"head": {**STEP, "initial_lr": 1.0}}
    scheduler.close()


def test_a_group_has_its_own_schedule_by_name_and_the_others_the_run_s(served: Service) -> None:
    parts: list[dict[str, Any]] = [{"params": [parameter]} for parameter in model().parameters()]
    parts[2]["name"] = "head"
    optimizer = sgd_of(parts)

    scheduler = joined(served.url, "named", optimizer, groups={"head": {"kind": "exponential", "gamma": 0.5}})
    optimizer.step()
    scheduler.step()

    assert scheduler.get_last_lr() == [0.1, 0.1, 0.05, 0.1]
    scheduler.close()


def sgd_of(parts: list[dict[str, Any]]) -> Any:
    return torch.optim.SGD(parts, lr=0.1)


def test_a_group_that_the_optimizer_does_not_have_is_refused(served: Service) -> None:
    with pytest.raises(
        InvalidRequest, match=r"group 'head', and the optimizer's parameter groups are called 0: name one"
    ):
        joined(served.url, "no-head", groups={"head": {"kind": "constant", "initial_lr": 1.0}})


def test_a_learning_rate_in_a_tensor_is_filled_in_place(served: Service) -> None:
    module = model()
    optimizer = torch.optim.Adam(module.parameters(), lr=torch.tensor(0.25), capturable=False, foreach=False)
    held = optimizer.param_groups[0]["lr"]
    scheduler = joined(served.url, "tensor", optimizer)
    for _ in range(5):
        update(module, optimizer)
        scheduler.step()

    assert optimizer.param_groups[0]["lr"] is held
    assert float(held) == 0.125
    assert [float(rate) for rate in scheduler.get_last_lr()] == [0.125]
    scheduler.close()


def test_momentum_is_sealed_with_the_learning_rate(served: Service) -> None:
    momentum = {"kind": "step", "initial_lr": 0.8, "step_size": 1, "gamma": 0.5}
    first, second = sgd(model(), momentum=0.1), torch.optim.Adam(model().parameters(), lr=0.1)
    for name, optimizer in (("momentum", first), ("betas", second)):
        scheduler = joined(served.url, name, optimizer, hyperparameters={"momentum": momentum, "weight_decay": 0.25})
        optimizer.step()
        scheduler.step()
        scheduler.close()

    assert (first.param_groups[0]["momentum"], first.param_groups[0]["weight_decay"]) == (0.4, 0.25)
    assert second.param_groups[0]["betas"] == (0.4, 0.999)


def test_a_hyperparameter_that_the_optimizer_does_not_have_is_refused(served: Service) -> None:
    with pytest.raises(InvalidRequest, match="a hyperparameter 'alpha', and SGD has none of that name"):
        joined(served.url, "no-alpha", hyperparameters={"alpha": 0.9})


def test_a_step_that_raised_may_be_repeated(going: Service) -> None:
    module = model()
    optimizer = sgd(module)
    scheduler = joined(going.url, "away", optimizer, on_outage="raise", outage_seconds=1.0)
    train(module, optimizer, scheduler, 1)
    going.stop()
    with pytest.raises(Unavailable):
        train(module, optimizer, scheduler, 4)
    stopped_at = scheduler.state_dict()["last_epoch"]
    going.start()

    scheduler.step()

    assert stopped_at == scheduler.last_epoch
    assert lr(optimizer) == 0.1
    scheduler.close()


def test_a_training_stalls_until_the_service_is_back(going: Service) -> None:
    module = model()
    optimizer = sgd(module)
    scheduler = joined(going.url, "stalls", optimizer)
    going.stop()
    threading.Timer(0.4, going.start).start()

    assert train(module, optimizer, scheduler, 8) == EXPECTED[:8]
    scheduler.close()


def test_the_metric_of_a_step_lowers_it_as_reduce_lr_on_plateau_does(served: Service) -> None:
    losses = [1.0, 0.9, 0.95, 0.9, 0.9, 0.4, 0.5, float("nan"), 0.4, 0.39, 0.6, 0.6]
    theirs, ours = sgd(model()), sgd(model())
    policy = {"mode": "min", "factor": 0.5, "patience": 1, "cooldown": 1}
    reducing = ReduceLROnPlateau(theirs, **policy)
    constant = {"kind": "constant"}
    scheduler = joined(served.url, "plateau", ours, schedule=constant, plateau={**policy, "wait": True})

    expected, used = [], []
    for loss in losses:
        theirs.step()
        reducing.step(loss)
        ours.step()
        scheduler.step(torch.tensor(loss, dtype=torch.float64))
        expected.append(lr(theirs))
        used.append(lr(ours))

    assert used == expected
    assert len(set(used)) > 3
    scheduler.close()


def test_what_is_no_choice_is_refused(served: Service) -> None:
    with pytest.raises(InvalidRequest, match="asks is one or every, and not 'all'"):
        joined(served.url, "choices", asks="all")
    with pytest.raises(InvalidRequest, match="counts is calls or updates, and not 'batches'"):
        joined(served.url, "choices", counts="batches")
    with pytest.raises(TypeError, match="str is not an Optimizer"):
        joined(served.url, "choices", "adam")


def test_no_thread_outlives_it(served: Service) -> None:
    scheduler = joined(served.url, "tidy")
    scheduler.finish()

    assert "setpoint-run" not in [thread.name for thread in threading.enumerate()]


def test_it_takes_the_place_of_a_scheduler_that_was_used_before(served: Service) -> None:
    module = model()
    optimizer = sgd(module)
    before = StepLR(optimizer, 5, 0.5)
    used = train(module, optimizer, before, 7)

    scheduler = RemoteLR.from_scheduler(before, served.url, run="taken-over")
    used += train(module, optimizer, scheduler, 8)

    assert used == EXPECTED
    assert shown(served, "taken-over")["start_epoch"] == 7
    scheduler.close()
