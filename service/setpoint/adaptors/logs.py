"""A run's learning rate and its changes in the logs of TensorBoard, Weights & Biases or MLflow: a callback for each.

    from setpoint.adaptors.logs import TensorBoard

    log = TensorBoard(run, SummaryWriter())
    for epoch in range(90):
        lr = run.lr(epoch)
        log(epoch)

None of them is imported here: the callback is given what the training logs with anyway.
"""

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

from setpoint.client.run import Run

_log = logging.getLogger("setpoint")


class Callback(ABC):
    """Call it once an epoch, after `run.lr(epoch)`. It logs what was sealed there, and each change that it heard of.

    It never waits and never raises: what can't be logged is no reason to end a training.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._told = 0
        run.hear_of_changes()

    def __call__(self, epoch: int) -> None:
        try:
            values = self._run.known_values(epoch)
            if values is not None:
                groups = {f"lr.{name}": lr for name, lr in values.groups.items()}
                self._sealed(epoch, {"lr": values.lr, **groups, **values.hyperparameters})
            for change in self._run.changes:
                if change["id"] > self._told:
                    self._changed(epoch, change)
                    self._told = change["id"]
        except Exception:  # noqa: BLE001 - whatever the log's library raises
            _log.warning("epoch %d of %s can't be logged", epoch, self._run.name, exc_info=True)

    @abstractmethod
    def _sealed(self, epoch: int, values: Mapping[str, float]) -> None:
        """Log what holds at `epoch`, by name: `lr`, `lr.head`, `momentum`: none is another's folder."""

    @abstractmethod
    def _changed(self, epoch: int, change: Mapping[str, Any]) -> None:
        """Log a change, as the audit log has it, which was heard of at `epoch`."""


class SummaryWriter(Protocol):
    """torch's, tensorboardX's."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> object: ...
    def add_text(self, tag: str, text_string: str, global_step: int) -> object: ...


class TensorBoard(Callback):
    """Scalars `setpoint/lr` and so on, and a text for each change."""

    def __init__(self, run: Run, writer: SummaryWriter) -> None:
        super().__init__(run)
        self._writer = writer

    def _sealed(self, epoch: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"setpoint/{name}", value, global_step=epoch)

    def _changed(self, epoch: int, change: Mapping[str, Any]) -> None:
        self._writer.add_text("setpoint/changes", sentence(change), global_step=since(change))


class WandBRun(Protocol):
    """What `wandb.init` gives."""

    def define_metric(self, name: str, step_metric: str | None = None) -> object: ...
    def log(self, data: dict[str, Any], *, commit: bool) -> object: ...


class WandB(Callback):
    """Metrics `setpoint/lr` and so on over `setpoint/epoch`, in the row of the training's own next `log`."""

    def __init__(self, run: Run, wandb_run: WandBRun) -> None:
        super().__init__(run)
        self._wandb = wandb_run
        wandb_run.define_metric("setpoint/epoch")
        wandb_run.define_metric("setpoint/*", step_metric="setpoint/epoch")

    def _sealed(self, epoch: int, values: Mapping[str, float]) -> None:
        named = {f"setpoint/{name}": value for name, value in values.items()}
        self._wandb.log({"setpoint/epoch": epoch, **named}, commit=False)

    def _changed(self, epoch: int, change: Mapping[str, Any]) -> None:
        self._wandb.log({"setpoint/change": sentence(change)}, commit=False)


class MLflowModule(Protocol):
    """The module `mlflow`, with an active run."""

    def log_metrics(self, metrics: dict[str, float], step: int) -> object: ...
    def set_tag(self, key: str, value: str) -> object: ...


class MLflow(Callback):
    """Metrics `setpoint/lr` and so on, and a tag for each change: `setpoint.change.7`, by its id in the audit log."""

    def __init__(self, run: Run, mlflow: MLflowModule) -> None:
        super().__init__(run)
        self._mlflow = mlflow

    def _sealed(self, epoch: int, values: Mapping[str, float]) -> None:
        self._mlflow.log_metrics({f"setpoint/{name}": value for name, value in values.items()}, step=epoch)

    def _changed(self, epoch: int, change: Mapping[str, Any]) -> None:
        self._mlflow.set_tag(f"setpoint.change.{change['id']}", sentence(change))


def since(change: Mapping[str, Any]) -> int:
    """The first epoch that it governs."""
    return int(change["effective_epoch"] if change["type"] == "change" else change["from_epoch"])


def sentence(change: Mapping[str, Any]) -> str:
    """`scale factor=0.5 from epoch 7: lr 0.05 to 0.025, by alice: the loss spikes`."""
    reason = f": {change['reason']}" if change["reason"] else ""
    said = f"by {change['actor']}{reason}"
    if change["type"] != "change":
        return f"attempt {change['attempt']} from epoch {since(change)}, {said}"
    request = change["request"]
    given = "".join(f" {name}={json.dumps(value)}" for name, value in request.items() if name not in _KNOWN)
    return f"{change['op']}{given} from epoch {since(change)}: lr {change['lr_before']} to {change['lr_after']}, {said}"


_KNOWN = {"op", "reason", "epoch", "exact"}
