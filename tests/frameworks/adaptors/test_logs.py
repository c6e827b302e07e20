"""A run's rates and changes in the logs: tensorboardX' own, and what is called of W&B and MLflow.

All three were run by hand with the real libraries; of these, tensorboardX alone is light enough to be here.
"""

import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tensorboardX import SummaryWriter
from tensorboardX.proto.event_pb2 import Event

from setpoint import Run
from setpoint.adaptors.logs import MLflow, TensorBoard, WandB
from setpoint.testing import Service

STEP = {"kind": "step", "initial_lr": 0.1, "step_size": 2, "gamma": 0.5}
SETTINGS: dict[str, Any] = {
    "groups": {"head": {"kind": "constant", "initial_lr": 1.0}},
    "hyperparameters": {"momentum": 0.9},
    "lookahead": 0,
}
SAID = "scale factor=0.5 from epoch 2: lr 0.05 to 0.025, by 127.0.0.1: flat"
LR = [0.1, 0.1, 0.025, 0.025]
HEAD = [1.0, 1.0, 0.5, 0.5]


def trained(run: Run, log: Callable[[int], object], after: Callable[[int], object] = lambda _: None) -> None:
    """Four epochs, with a change after the second, which is heard of before the last is logged."""
    for epoch in range(4):
        run.lr(epoch)
        if epoch == 3:
            deadline = time.monotonic() + 10
            while not run.changes and time.monotonic() < deadline:
                time.sleep(0.005)
        log(epoch)
        after(epoch)
        if epoch == 1:
            run.change("scale", factor=0.5, reason="flat")


def written(folder: Path) -> Iterator[Event]:
    """The events in tensorboardX' file: each as its length, two checksums and the message."""
    (file,) = folder.iterdir()
    content, at = file.read_bytes(), 0
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        event = Event()
        event.ParseFromString(content[at + 12 : at + 12 + length])
        yield event
        at += length + 16


def test_tensorboard_has_the_sealed_rates_and_each_change(served: Service, tmp_path: Path) -> None:
    writer = SummaryWriter(str(tmp_path))
    with Run.join(served.url, "tensorboard", schedule=STEP, **SETTINGS) as run:
        trained(run, TensorBoard(run, writer))
    writer.close()

    values = [(value.tag, event.step, value) for event in written(tmp_path) for value in event.summary.value]
    scalars = {
        tag: [(step, value.simple_value) for found, step, value in values if found == tag] for tag, _, _ in values
    }
    assert scalars["setpoint/lr"] == list(enumerate(map(pytest.approx, LR)))
    assert scalars["setpoint/lr.head"] == list(enumerate(map(pytest.approx, HEAD)))
    assert scalars["setpoint/momentum"] == list(enumerate(map(pytest.approx, [0.9] * 4)))
    (text,) = [(step, value.tensor.string_val[0]) for tag, step, value in values if tag.startswith("setpoint/changes")]
    assert text == (2, SAID.encode())


class Wandb:
    """What `wandb.init` gives, as far as it is called: a row is what was logged until it is committed."""

    def __init__(self) -> None:
        self.metrics: list[tuple[str, str | None]] = []
        self.rows: list[dict[str, Any]] = [{}]

    def define_metric(self, name: str, step_metric: str | None = None) -> None:
        self.metrics.append((name, step_metric))

    def log(self, data: dict[str, Any], *, commit: bool = True) -> None:
        self.rows[-1] |= data
        if commit:
            self.rows.append({})


def test_wandb_has_them_in_the_trainings_own_rows(served: Service) -> None:
    wandb = Wandb()
    with Run.join(served.url, "wandb", schedule=STEP, **SETTINGS) as run:
        trained(run, WandB(run, wandb), after=lambda epoch: wandb.log({"loss": 1 / (epoch + 1)}))

    assert wandb.metrics == [("setpoint/epoch", None), ("setpoint/*", "setpoint/epoch")]
    *rows, rest = wandb.rows
    assert rest == {}
    assert [(row["setpoint/epoch"], row["setpoint/lr"], row["loss"]) for row in rows] == [
        (0, 0.1, 1.0), (1, 0.1, 0.5), (2, 0.025, 1 / 3), (3, 0.025, 0.25),
    ]  # fmt: skip
    assert [row["setpoint/change"] for row in rows if "setpoint/change" in row] == [SAID]


class Mlflow:
    """The module, as far as it is called."""

    def __init__(self) -> None:
        self.metrics: list[tuple[int, dict[str, float]]] = []
        self.tags: dict[str, str] = {}

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.metrics.append((step, metrics))

    def set_tag(self, key: str, value: str) -> None:
        self.tags[key] = value


def test_mlflow_has_them_as_metrics_and_tags_none_within_another(served: Service) -> None:
    mlflow = Mlflow()
    with Run.join(served.url, "mlflow", schedule=STEP, **SETTINGS) as run:
        trained(run, MLflow(run, mlflow))
        number = run.changes[0]["id"]

    assert mlflow.metrics == [
        (epoch, {"setpoint/lr": lr, "setpoint/lr.head": head, "setpoint/momentum": 0.9})
        for epoch, (lr, head) in enumerate(zip(LR, HEAD, strict=True))
    ]
    assert mlflow.tags == {f"setpoint.change.{number}": SAID}


def test_a_rollback_is_a_change_too(served: Service) -> None:
    mlflow = Mlflow()
    with Run.join(served.url, "rolled-back", schedule=STEP, **SETTINGS) as run:
        log = MLflow(run, mlflow)
        run.lr(0)
        log(0)
        run.rollback(0, reason="diverged")
        run.lr(0)
        deadline = time.monotonic() + 10
        while not run.changes and time.monotonic() < deadline:
            time.sleep(0.005)
        log(0)

    assert list(mlflow.tags.values()) == ["attempt 2 from epoch 0, by 127.0.0.1: diverged"]


def test_a_log_that_fails_ends_no_training(served: Service, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Mlflow):
        def log_metrics(self, metrics: dict[str, float], step: int) -> None:
            raise OSError("the disk is full")

    with Run.join(served.url, "broken-log", schedule=STEP) as run:
        log = MLflow(run, Broken())
        run.lr(0)

        log(0)

        assert run.lr(1) == 0.1
    assert "epoch 0 of broken-log can't be logged" in caplog.text
