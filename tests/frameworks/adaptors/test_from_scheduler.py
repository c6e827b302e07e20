"""A run of another scheduler's values, over a whole training: torch's own, and Hugging Face's."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler as theirs
from torch.optim.swa_utils import SWALR
from transformers import get_scheduler

from setpoint import NotConvertible
from setpoint.adaptors.torch import RemoteLR
from setpoint.testing import Service
from tests.frameworks.adaptors.small import driven, lr, model, train, update, weights

Make = Callable[[Any], Any]
EPOCHS = 40
TOLERANCE = 1e-12
"""Of the peak: against torch, whose schedulers compute each value from the one before."""

TORCH: Mapping[str, Make] = {
    "StepLR": lambda optimizer: theirs.StepLR(optimizer, 7, 0.3),
    "MultiStepLR": lambda optimizer: theirs.MultiStepLR(optimizer, [5, 5, 20], 0.5),
    "ConstantLR": lambda optimizer: theirs.ConstantLR(optimizer, 0.25, 6),
    "LinearLR": lambda optimizer: theirs.LinearLR(optimizer, 0.1, 0.9, 12),
    "ExponentialLR": lambda optimizer: theirs.ExponentialLR(optimizer, 0.9),
    "PolynomialLR": lambda optimizer: theirs.PolynomialLR(optimizer, 30, 2.0),
    "CosineAnnealingLR": lambda optimizer: theirs.CosineAnnealingLR(optimizer, 25, 0.01),
    "CosineAnnealingWarmRestarts": lambda optimizer: theirs.CosineAnnealingWarmRestarts(optimizer, 6, 2),
    "CyclicLR": lambda optimizer: theirs.CyclicLR(optimizer, 0.05, 0.2, 4, 6, "exp_range", 0.97, cycle_momentum=False),
    "OneCycleLR": lambda optimizer: theirs.OneCycleLR(optimizer, 0.4, EPOCHS, pct_start=0.25, three_phase=True),
    "SWALR": lambda optimizer: SWALR(optimizer, 0.02, 9, "linear"),
    "SequentialLR": lambda optimizer: theirs.SequentialLR(
        optimizer, [theirs.LinearLR(optimizer, 0.1, 1.0, 6), theirs.CosineAnnealingLR(optimizer, 30)], [6]
    ),
    "ChainedScheduler": lambda optimizer: theirs.ChainedScheduler(
        [theirs.ConstantLR(optimizer, 0.5, 8), theirs.ExponentialLR(optimizer, 0.95)]
    ),
}
SPECIFIC: Mapping[str, dict[str, Any]] = {
    "linear": {},
    "cosine": {"num_cycles": 1.5},
    "cosine_with_restarts": {"num_cycles": 2},
    "polynomial": {"lr_end": 0.001, "power": 2.0},
    "constant": {},
    "constant_with_warmup": {},
    "inverse_sqrt": {},
    "cosine_with_min_lr": {"min_lr": 0.01},
    "cosine_warmup_with_min_lr": {"min_lr_rate": 0.1},
    "warmup_stable_decay": {"num_decay_steps": 10, "min_lr_ratio": 0.05},
}


def hugging_face(name: str) -> Make:
    return lambda optimizer: get_scheduler(
        name, optimizer, num_warmup_steps=4, num_training_steps=36, scheduler_specific_kwargs=dict(SPECIFIC[name])
    )


MAKES = {**TORCH, **{name: hugging_face(name) for name in SPECIFIC}}


def groups(lrs: tuple[float, ...] = (0.1,)) -> Any:
    parts = [{"params": model(seed).parameters(), "lr": rate} for seed, rate in enumerate(lrs)]
    return torch.optim.SGD(parts, lr=lrs[0], momentum=0.9)


@pytest.mark.parametrize("name", MAKES)
def test_a_whole_training_has_the_learning_rates_of_the_other_scheduler(name: str, served: Service) -> None:
    expected, ours, by_hand = model(), model(), model()
    theirs_of = torch.optim.SGD(expected.parameters(), lr=0.1, momentum=0.9)
    optimizer = torch.optim.SGD(ours.parameters(), lr=0.1, momentum=0.9)

    wanted = train(expected, theirs_of, MAKES[name](theirs_of), EPOCHS)
    scheduler = RemoteLR.from_scheduler(MAKES[name](optimizer), served.url, run=name, unit="step")
    used = train(ours, optimizer, scheduler, EPOCHS)
    driven(by_hand, torch.optim.SGD(by_hand.parameters(), lr=0.1, momentum=0.9), used)

    assert used == pytest.approx(wanted, rel=0, abs=TOLERANCE * max(wanted))
    assert weights(ours) == weights(by_hand)
    scheduler.close()


@pytest.mark.parametrize("name", ["StepLR", "SequentialLR", "cosine"])
def test_each_parameter_group_has_its_own(name: str, served: Service) -> None:
    lrs = (0.1, 0.3)
    other, optimizer = groups(lrs), groups(lrs)
    reference = MAKES[name](other)
    scheduler = RemoteLR.from_scheduler(MAKES[name](optimizer), served.url, run=f"{name}-groups", unit="step")
    for _ in range(EPOCHS):
        assert [lr(optimizer, 0), lr(optimizer, 1)] == pytest.approx([lr(other, 0), lr(other, 1)], rel=1e-12, abs=1e-13)
        for stepped, by in ((other, reference), (optimizer, scheduler)):
            stepped.step()
            by.step()
    scheduler.close()


@pytest.mark.parametrize("name", ["CosineAnnealingLR", "OneCycleLR", "linear"])
def test_it_goes_on_in_the_midst_of_a_training(name: str, served: Service) -> None:
    other, optimizer = groups(), groups()
    wanted = train(model(), other, MAKES[name](other), EPOCHS)
    before = MAKES[name](optimizer)
    used = train(model(), optimizer, before, 15)

    scheduler = RemoteLR.from_scheduler(before, served.url, run=f"{name}-midst", unit="step")
    used += train(model(), optimizer, scheduler, EPOCHS - 15)

    assert used == pytest.approx(wanted, rel=0, abs=TOLERANCE * max(wanted))
    scheduler.close()


def test_reduce_lr_on_plateau_becomes_a_policy_of_the_run(served: Service) -> None:
    losses = [1.0, 1.1, 1.2, 0.5, 0.6, 0.7, 0.7, 0.8]
    other, optimizer = groups(), groups()
    reference = theirs.ReduceLROnPlateau(other, factor=0.5, patience=1)
    before = theirs.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    scheduler = RemoteLR.from_scheduler(before, served.url, run="reduced", max_lookahead=0)

    for loss in losses:
        for stepped, by in ((other, reference), (optimizer, scheduler)):
            stepped.step()
            by.step(loss)

    assert lr(optimizer) == lr(other) < 0.1
    scheduler.close()


def a_lambda(optimizer: Any) -> Any:
    return theirs.LambdaLR(optimizer, lambda epoch: 0.9**epoch)


def a_reduced_plateau(optimizer: Any) -> Any:
    scheduler = theirs.ReduceLROnPlateau(optimizer)
    scheduler.step(1.0)
    return scheduler


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (a_lambda, "LambdaLR calls <lambda>, and only running that would tell its values"),
        (lambda optimizer: theirs.MultiplicativeLR(optimizer, lambda _: 0.9), "MultiplicativeLR is none of torch's"),
        (a_reduced_plateau, "what ReduceLROnPlateau remembers of the metrics so far can't be taken over"),
    ],
)
def test_what_can_not_be_known_is_refused(make: Make, reason: str, served: Service) -> None:
    optimizer = groups()
    with pytest.raises(NotConvertible, match=reason):
        RemoteLR.from_scheduler(make(optimizer), served.url, run="refused")


def test_what_is_not_taken_over_is_said(served: Service, caplog: pytest.LogCaptureFixture) -> None:
    optimizer = groups()
    scheduler = RemoteLR.from_scheduler(theirs.OneCycleLR(optimizer, 0.4, 10), served.url, run="cycled", unit="step")

    assert "OneCycleLR is taken over, but the momentum that it cycles is not imported" in caplog.text
    update(model(), optimizer)
    scheduler.close()
