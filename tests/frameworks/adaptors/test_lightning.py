"""A run's learning rates in Lightning's Trainer."""

from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from torch.utils.data import DataLoader, TensorDataset

from setpoint.adaptors.lightning import RemoteRun, configured
from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.run import Run
from setpoint.client.transport import Transport
from setpoint.testing import Service
from tests.frameworks.adaptors import small

pytestmark = [
    pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`.*"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*have no `val_dataloader`.*"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers.*"),
    pytest.mark.filterwarnings("ignore:.*ModelCheckpoint.*save_on_train_epoch_end.*"),
    pytest.mark.filterwarnings("ignore:.*Checkpoint directory.*"),
]
STEP = {"kind": "step", "step_size": 2, "gamma": 0.5}
LOSSES = [1.0, 1.0, 0.5, 0.6, 0.7, 0.8]


class Training(LightningModule):
    """A small model; what its validations measure is given by epoch."""

    def __init__(self, **remote: Any) -> None:
        super().__init__()
        self.model = small.model()
        self.remote = remote
        self.used: list[float] = []

    def training_step(self, batch: Any, _: int) -> Any:
        self.used.append(small.lr(self.optimizers()))
        inputs, targets = batch
        return (self.model(inputs) - targets).pow(2).mean()

    def validation_step(self, _batch: Any, _: int) -> None:
        self.log("val_loss", torch.tensor(LOSSES[self.current_epoch]))

    def configure_optimizers(self) -> Any:
        return configured(torch.optim.SGD(self.parameters(), lr=0.1), **self.remote)


def data() -> Any:
    return DataLoader(TensorDataset(small.INPUTS, small.TARGETS), batch_size=16)


def trainer(folder: Path, epochs: int = 6, *callbacks: Callback, **settings: Any) -> Trainer:
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    is_kept = any(isinstance(each, ModelCheckpoint) for each in callbacks)
    return Trainer(
        max_epochs=epochs,
        default_root_dir=folder,
        callbacks=[RemoteRun(), *callbacks],
        enable_checkpointing=is_kept,
        **quiet,
        **settings,
    )


def shown(served: Service, run: str) -> Any:
    with Transport(Place(served.url)) as transport:
        return transport.ask(call.show(run)).body


def test_each_epoch_has_the_learning_rate_of_the_run(served: Service, tmp_path: Path) -> None:
    training = Training(url=served.url, run="l-epochs", schedule=STEP)
    trainer(tmp_path).fit(training, data())

    assert training.used == [0.1] * 4 + [0.05] * 4 + [0.025] * 4
    assert shown(served, "l-epochs")["state"] == "finished"


def test_each_update_has_it_where_the_unit_is_a_step(served: Service, tmp_path: Path) -> None:
    training = Training(url=served.url, run="l-steps", schedule=STEP, unit="step")
    trainer(tmp_path, 3).fit(training, data())

    assert training.used == [0.1] * 2 + [0.05] * 2 + [0.025] * 2


def test_the_metric_that_is_monitored_lowers_it_after_each_validation(served: Service, tmp_path: Path) -> None:
    plateau = {"patience": 0, "factor": 0.5, "wait": True}
    training = Training(
        url=served.url, run="l-plateau", schedule={"kind": "constant"}, plateau=plateau, monitor="val_loss"
    )
    trainer(tmp_path, num_sanity_val_steps=2).fit(training, data(), data())

    # By the losses of the epochs before: 1.0, 1.0 (no better), 0.5, 0.6, 0.7; the sanity check told of none.
    assert training.used[::2] == [0.1, 0.1, 0.05, 0.05, 0.025, 0.0125]


def test_a_plateau_goes_on_from_a_checkpoint_that_a_validation_wrote(served: Service, tmp_path: Path) -> None:
    remote: dict[str, Any] = {"url": served.url, "run": "l-resumed", "schedule": {"kind": "constant"}}
    remote |= {"plateau": {"patience": 0, "factor": 0.5, "wait": True}, "monitor": "val_loss"}
    kept = ModelCheckpoint(tmp_path, filename="{epoch}", save_top_k=-1)
    trainer(tmp_path, 4, kept).fit(Training(**remote), data(), data())

    training = Training(**remote)
    again = trainer(tmp_path, 6)
    again.fit(training, data(), data(), ckpt_path=str(tmp_path / "epoch=2.ckpt"), weights_only=True)

    assert training.used[::2] == [0.05, 0.025, 0.0125]
    assert shown(served, "l-resumed")["attempt"] == 2


def test_a_training_resumes_from_its_checkpoint_in_a_new_attempt(served: Service, tmp_path: Path) -> None:
    remote: dict[str, Any] = {"url": served.url, "run": "l-again", "schedule": STEP}
    kept = ModelCheckpoint(tmp_path, filename="{epoch}", save_top_k=-1)
    trainer(tmp_path, 5, kept).fit(Training(**remote), data(), data())

    training = Training(**remote)
    again = trainer(tmp_path, 6)
    again.fit(training, data(), data(), ckpt_path=str(tmp_path / "epoch=2.ckpt"), weights_only=True)

    assert training.used[::2] == [0.05, 0.025, 0.025]
    assert shown(served, "l-again")["attempt"] == 2


def test_the_metric_of_a_run_that_does_not_wait_is_reported_by_name(served: Service, tmp_path: Path) -> None:
    training = Training(
        url=served.url, run="l-reported", schedule={"kind": "constant"}, plateau={"patience": 0, "factor": 0.5}
    )
    settings: dict[str, Any] = {"max_epochs": 6, "logger": False, "enable_progress_bar": False}
    settings |= {"enable_model_summary": False, "enable_checkpointing": False, "accelerator": "cpu"}
    Trainer(callbacks=[RemoteRun("val_loss")], **settings).fit(training, data(), data())

    with Run.join(served.url, "l-reported", worker="reader") as reader:
        assert reader.facts["plan_version"] > 1
    assert training.used[0] == 0.1
    assert training.used[-1] < 0.1
