"""A run's rates and changes in the logs, read back from what tensorboardX, wandb (offline) and mlflow have written."""

import json
import struct
import time
from collections.abc import Callable, Generator, Iterator, Mapping
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


@pytest.fixture
def wandb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Any]:
    """The library, without a network: it writes into `tmp_path`."""
    for name, value in {"MODE": "offline", "DIR": str(tmp_path), "SILENT": "true", "ERROR_REPORTING": "false"}.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    import wandb

    yield wandb
    wandb.teardown()


def logged(served: Service, wandb: Any, folder: Path) -> list[Any]:
    """What is in W&B's file after a training; of the repository, machine and console it takes no note."""
    quiet = {"console": "off", "disable_git": True, "x_disable_meta": True, "x_disable_stats": True}
    with (
        wandb.init(project="setpoint", settings=wandb.Settings(**quiet)) as wandb_run,
        Run.join(served.url, folder.name, schedule=STEP, **SETTINGS) as run,
    ):
        trained(run, WandB(run, wandb_run), after=lambda epoch: wandb_run.log({"loss": 1 / (epoch + 1)}))
    wandb.teardown()  # the file is whole only once the process that writes it has ended
    return list(records(folder))


BLOCK = 32768


def records(folder: Path) -> Iterator[Any]:
    """What wandb has written: after seven bytes blocks of records as LevelDB's log has them, whole or in pieces."""
    from wandb.proto.wandb_internal_pb2 import Record

    (file,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    content, at, whole = file.read_bytes(), 7, b""
    while at < len(content):
        if (left := BLOCK - at % BLOCK) < 7:
            at += left
            continue
        _checksum, length, piece = struct.unpack_from("<IHB", content, at)
        whole += content[at + 7 : at + 7 + length]
        at += 7 + length
        if piece in {1, 4}:  # all of a record, or its last piece
            record = Record()
            record.ParseFromString(whole)
            yield record
            whole = b""


def test_wandb_has_them_in_the_trainings_own_rows(served: Service, wandb: Any, tmp_path: Path) -> None:
    rows = [
        {"/".join(item.nested_key) or item.key: json.loads(item.value_json) for item in record.history.item}
        for record in logged(served, wandb, tmp_path)
        if record.HasField("history")
    ]

    names = ("_step", "setpoint/epoch", "setpoint/lr", "setpoint/lr.head", "setpoint/momentum", "loss")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (0, 0, 0.1, 1.0, 0.9, 1.0),
        (1, 1, 0.1, 1.0, 0.9, 0.5),
        (2, 2, 0.025, 0.5, 0.9, 1 / 3),
        (3, 3, 0.025, 0.5, 0.9, 0.25),
    ]
    assert [row["setpoint/change"] for row in rows if "setpoint/change" in row] == [SAID]


def test_wandb_draws_them_over_the_epoch(served: Service, wandb: Any, tmp_path: Path) -> None:
    metrics = [record.metric for record in logged(served, wandb, tmp_path) if record.HasField("metric")]

    assert [(metric.name or metric.glob_name, metric.step_metric) for metric in metrics] == [
        ("setpoint/epoch", ""), ("setpoint/*", "setpoint/epoch"),
    ]  # fmt: skip


@pytest.fixture
def mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library, with a store of files in `tmp_path`: unlike its database, nothing more need be installed."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    import mlflow

    return mlflow


def changes(tags: Mapping[str, str]) -> dict[str, str]:
    return {name: said for name, said in tags.items() if name.startswith("setpoint.change.")}


def test_mlflow_has_them_as_metrics_and_tags_none_within_another(served: Service, mlflow: Any) -> None:
    with mlflow.start_run() as active, Run.join(served.url, "mlflow", schedule=STEP, **SETTINGS) as run:
        trained(run, MLflow(run, mlflow))
        number = run.changes[0]["id"]

    client, stored = mlflow.MlflowClient(), active.info.run_id
    found = client.get_run(stored).data
    history = {
        name: [(point.step, point.value) for point in client.get_metric_history(stored, name)] for name in found.metrics
    }
    assert history == {
        "setpoint/lr": list(enumerate(LR)),
        "setpoint/lr.head": list(enumerate(HEAD)),
        "setpoint/momentum": list(enumerate([0.9] * 4)),
    }
    assert changes(found.tags) == {f"setpoint.change.{number}": SAID}


def test_a_rollback_is_a_change_too(served: Service, mlflow: Any) -> None:
    with mlflow.start_run() as active, Run.join(served.url, "rolled-back", schedule=STEP, **SETTINGS) as run:
        log = MLflow(run, mlflow)
        run.lr(0)
        log(0)
        run.rollback(0, reason="diverged")
        run.lr(0)
        deadline = time.monotonic() + 10
        while not run.changes and time.monotonic() < deadline:
            time.sleep(0.005)
        log(0)

    tags = mlflow.MlflowClient().get_run(active.info.run_id).data.tags
    assert list(changes(tags).values()) == ["attempt 2 from epoch 0, by 127.0.0.1: diverged"]


def test_a_log_that_fails_ends_no_training(served: Service, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def log_metrics(self, metrics: dict[str, float], step: int) -> None:
            raise OSError("the disk is full")

        def set_tag(self, key: str, value: str) -> None:
            raise OSError("the disk is full")

    with Run.join(served.url, "broken-log", schedule=STEP) as run:
        log = MLflow(run, Broken())
        run.lr(0)

        log(0)

        assert run.lr(1) == 0.1
    assert "epoch 0 of broken-log can't be logged" in caplog.text
