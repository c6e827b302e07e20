"""For Lightning: a run's learning rates from `configure_optimizers`, its metric from `monitor`, its end from `fit`."""

from collections.abc import Mapping
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities.types import LRSchedulerConfig
from torch.optim import Optimizer

from setpoint.adaptors.torch import RemoteLR
from setpoint.client.join import Schedule


def configured(
    optimizer: Optimizer,
    url: str | None = None,
    *,
    run: str,
    schedule: Mapping[str, Any] | Schedule | None = None,
    monitor: str | None = None,
    **given: Any,
) -> dict[str, Any]:
    """What `configure_optimizers` returns: the optimizer, at the learning rates of the run. `given` as for `RemoteLR`.

        def configure_optimizers(self):
            optimizer = SGD(self.parameters(), lr=0.1)
            return configured(optimizer, run="resnet50", schedule={"kind": "step", "step_size": 30})

    It is stepped each epoch, or each update where the run's `unit` is a step; with `monitor`, after each validation,
    whose metric of that name is reported: that is for a run whose `plateau` waits.
    """
    scheduler = RemoteLR(optimizer, url, run=run, schedule=schedule, **given)
    config: dict[str, Any] = {"scheduler": scheduler, "interval": scheduler.unit}
    if monitor is not None:
        config |= {"monitor": monitor, "reduce_on_plateau": True}
    return {"optimizer": optimizer, "lr_scheduler": config}


class RemoteRun(Callback):
    """Reports the metric of each validation to the run, and says when the training is done: `callbacks=[RemoteRun()]`.

    monitor: the metric; needed unless `configured` has been told of one. The sanity check before a training does not
    count, and a training that goes on from a checkpoint goes on from the metric in it.
    """

    def __init__(self, monitor: str | None = None) -> None:
        super().__init__()
        self._monitor = monitor
        self._seen: float | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Catch up with a checkpoint that was written after a validation and before the step that follows it."""
        for config in _remote(trainer):
            is_behind = config.interval == "epoch" and config.scheduler.last_epoch < trainer.current_epoch
            if config.reduce_on_plateau and is_behind and self._seen is not None:
                config.scheduler.step(self._seen)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.sanity_checking:
            return
        for config in _remote(trainer):
            value = trainer.callback_metrics.get(config.monitor if config.reduce_on_plateau else self._monitor)
            if value is None:
                continue
            self._seen = float(value)
            if not config.reduce_on_plateau:  # it is past the epoch already: such are stepped before the validation
                config.scheduler.report(self._seen, max(config.scheduler.last_epoch - 1, 0))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for config in _remote(trainer):
            config.scheduler.finish()

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        for config in _remote(trainer):
            config.scheduler.close()

    def state_dict(self) -> dict[str, Any]:
        return {"seen": self._seen}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._seen = state_dict["seen"]


def _remote(trainer: Trainer) -> list[LRSchedulerConfig]:
    """Those of the trainer's schedulers that are a run's."""
    return [config for config in trainer.lr_scheduler_configs if isinstance(config.scheduler, RemoteLR)]
