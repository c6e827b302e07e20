"""A few runs as a team would have them on an afternoon: what the pictures of the documentation show."""

import math
from collections.abc import Sequence

from tests.browser.service import Service

LIVE = "llama-7b-pretrain"
MEASURED = "cifar10-resnet"
NOW = 43_051
RANKS = ("rank0", "rank1", "rank2")


def play(service: Service) -> None:
    """From the oldest to the newest, which is the one that is looked at."""
    _cosine(service, "bert-ft", 5e-5, warm=300, epochs=3000, at=2999)
    assert service.ask("PATCH", "/v1/runs/bert-ft", {"state": "finished"}).status_code == 200
    _cosine(service, "rlhf-ppo-12", 1e-5, warm=100, epochs=5000, at=4380)
    _measured(service)
    _cosine(service, "vit-b-sweep-03", 1e-3, warm=500, epochs=20_000, at=10_851)
    _live(service)


def _cosine(service: Service, name: str, lr: float, *, warm: int, epochs: int, at: int) -> None:
    cosine = {"kind": "cosine", "initial_lr": lr, "epochs": epochs - warm}
    schedule = {"kind": "warmup", "warmup_epochs": warm, "schedule": cosine}
    service.run(name, unit="step", schedule=schedule, max_lookahead=32_000)
    service.check_in(name, at)


def _measured(service: Service) -> None:
    """A plateau policy brings the learning rate down whenever the loss stays where it is."""
    service.run(
        MEASURED,
        schedule={"kind": "constant", "initial_lr": 0.1},
        plateau={"patience": 5, "factor": 0.3},
        labels={"team": "vision"},
    )
    loss = 2.3
    for epoch in range(64):
        assert service.check_in(MEASURED, epoch) == 200
        lr: float = service.ask("GET", f"/v1/runs/{MEASURED}/lr").json()["lr"]
        loss += 0.3 * (0.25 + 3.5 * lr - loss)
        service.measure(MEASURED, epoch, loss + 0.02 * math.sin(2.4 * epoch))


def _live(service: Service) -> None:
    def wsd(peak: float) -> dict[str, object]:
        lengths = {"warmup_epochs": 2000, "stable_epochs": 83_000, "decay_epochs": 15_000}
        return {"kind": "wsd", "peak_lr": peak, "min_lr": peak / 150, **lengths}

    labels = {"team": "pretraining", "cluster": "a100-64"}
    service.run(LIVE, unit="step", schedule=wsd(3e-4), groups={"embed": wsd(1e-4)}, labels=labels, max_lookahead=1000)
    _advance(service, range(0, 18_000, 1000))
    service.change(LIVE, op="scale", factor=0.5, epoch=18_000, reason="loss spike at 17.6k")
    _advance(service, range(18_000, 30_500, 1000))
    service.change(LIVE, op="hold", epoch=30_500, reason="waiting for the evaluation")
    _advance(service, range(30_501, 32_400, 950))
    service.change(LIVE, op="release", epoch=32_400, reason="evaluation is fine")
    _advance(service, [*range(32_400, 43_000, 900), NOW])


def beat(service: Service) -> None:
    """The workers are heard of once more."""
    _advance(service, [NOW])
    service.check_in(MEASURED, 63)


def _advance(service: Service, steps: Sequence[int]) -> None:
    for step in steps:
        for lag, rank in enumerate(RANKS):
            assert service.check_in(LIVE, max(0, step - lag), rank) == 200
