"""Keras trains at a run's learning rate, by epoch and by update, on JAX; `on_torch` does it on torch."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from setpoint import Run
from setpoint.adaptors.keras import RemoteLR
from setpoint.client import call
from setpoint.client.transport import Transport
from setpoint.errors import InvalidRequest
from setpoint.testing import Service

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own, of JAX

X = np.linspace(-1.0, 1.0, 128, dtype="float32").reshape(32, 4)
Y = X @ np.array([1.0, -2.0, 0.5, 3.0], dtype="float32") + 0.25
BATCHES, EPOCHS = 4, 6
STEP = {"kind": "step", "initial_lr": 0.3, "step_size": 2, "gamma": 0.5}
COSINE = {"kind": "cosine", "initial_lr": 0.3, "epochs": 20}


def compiled(optimizer: Any = None, **settings: Any) -> Any:
    """A model that starts out the same each time."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer or keras.optimizers.SGD(0.1), loss="mse", **settings)
    return model


def fitted(model: Any, *callbacks: Any, epochs: int = EPOCHS, **settings: Any) -> Any:
    return model.fit(X, Y, batch_size=8, epochs=epochs, shuffle=False, verbose=0, callbacks=list(callbacks), **settings)


class Seen(keras.callbacks.Callback):
    """The learning rate that each update was done with."""

    def __init__(self) -> None:
        super().__init__()
        self.rates: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.rates.append(float(self.model.optimizer.learning_rate))


def same(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def near(rates: list[float], expected: list[float]) -> bool:
    """Within what float32 can tell, as the libraries' own values are."""
    return len(rates) == len(expected) and max(abs(a - b) for a, b in zip(rates, expected, strict=True)) <= 1e-6 * 0.3


def test_a_run_by_epoch_has_keras_own_learning_rates_and_weights(served: Service) -> None:
    model, seen = compiled(), Seen()
    history = fitted(model, RemoteLR(served.url, "by-epoch", schedule=STEP), seen).history

    own = compiled()
    fitted(own, keras.callbacks.LearningRateScheduler(lambda epoch: 0.3 * 0.5 ** (epoch // 2)))

    assert history["learning_rate"] == [0.3, 0.3, 0.15, 0.15, 0.075, 0.075]
    assert near(seen.rates, [rate for rate in history["learning_rate"] for _ in range(BATCHES)])
    assert same(model, own)
    assert history["loss"][-1] < 0.1 * history["loss"][0]


KERAS: dict[str, tuple[dict[str, Any], Callable[[], Any]]] = {
    "cosine": (COSINE, lambda: keras.optimizers.schedules.CosineDecay(0.3, 20)),
    "exponential": (
        {"kind": "exponential", "initial_lr": 0.3, "gamma": 0.5, "decay_epochs": 7, "staircase": True},
        lambda: keras.optimizers.schedules.ExponentialDecay(0.3, 7, 0.5, staircase=True),
    ),
    "piecewise": (
        {"kind": "piecewise", "milestones": [5, 11], "values": [0.3, 0.1, 0.01], "side": "left"},
        lambda: keras.optimizers.schedules.PiecewiseConstantDecay([5, 11], [0.3, 0.1, 0.01]),
    ),
}


@pytest.mark.parametrize("name", KERAS)
def test_a_run_by_update_has_keras_own_learning_rates(name: str, served: Service) -> None:
    schedule, own = KERAS[name]
    model, seen = compiled(), Seen()
    fitted(model, RemoteLR(served.url, f"by-step-{name}", schedule=schedule, unit="step"), seen)

    by_keras = own()
    assert near(seen.rates, [float(by_keras(step)) for step in range(BATCHES * EPOCHS)])
    driven = compiled()
    fitted(driven, Driven(seen.rates))
    assert same(model, driven)


class Driven(keras.callbacks.Callback):
    """Sets what it was given, by hand."""

    def __init__(self, rates: list[float]) -> None:
        super().__init__()
        self.rates = iter(rates)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = next(self.rates)


def test_on_torch_it_is_the_same(served: Service) -> None:
    script = Path(__file__).with_name("keras_on_torch.py")
    ended = subprocess.run(
        [sys.executable, script, served.url],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["backend"] == "torch"
    assert near(told["epochs"], [0.3, 0.3, 0.15, 0.15, 0.075, 0.075])
    by_keras = keras.optimizers.schedules.CosineDecay(0.3, 20)
    assert near(told["steps"], [float(by_keras(step)) for step in range(BATCHES * EPOCHS)])


def test_an_operators_change_reaches_the_training_and_its_rate_the_log(served: Service) -> None:
    class Operator(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                assert remote.run is not None
                remote.run.change("scale", factor=0.1, reason="x")

    remote, seen = RemoteLR(served.url, "operated", schedule=STEP, lookahead=0), Seen()
    history = fitted(compiled(), remote, Operator(), seen).history

    assert history["learning_rate"] == pytest.approx([0.3, 0.3, 0.15, 0.015, 0.0075, 0.0075])
    assert near(seen.rates[-BATCHES:], [0.0075] * BATCHES)


def test_a_training_that_is_taken_up_again_goes_on_where_it_was(served: Service, tmp_path: Path) -> None:
    first, model = Seen(), compiled()
    fitted(model, RemoteLR(served.url, "taken-up", schedule=COSINE, unit="step", finish=False), first, epochs=2)
    model.save(tmp_path / "checkpoint.keras")

    again, second = keras.models.load_model(tmp_path / "checkpoint.keras"), Seen()
    fitted(again, RemoteLR(served.url, "taken-up", schedule=COSINE, unit="step"), second, initial_epoch=2)

    by_keras = keras.optimizers.schedules.CosineDecay(0.3, 20)
    assert near(first.rates + second.rates, [float(by_keras(step)) for step in range(BATCHES * EPOCHS)])


def test_an_update_of_several_batches_is_one_step(served: Service) -> None:
    seen = Seen()
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    fitted(compiled(optimizer), RemoteLR(served.url, "accumulated", schedule=STEP, unit="step"), seen, epochs=2)

    assert near(seen.rates, [0.3] * 4 + [0.15] * 4)


def test_a_plateau_follows_the_log(served: Service) -> None:
    plateau = {"patience": 0, "factor": 0.5, "wait": True, "threshold": 10.0, "threshold_mode": "abs"}
    flat = {"kind": "constant", "initial_lr": 0.2}
    remote = RemoteLR(served.url, "plateau", schedule=flat, plateau=plateau, monitor="val_loss")

    history = fitted(compiled(), remote, epochs=4, validation_data=(X, Y)).history

    assert history["learning_rate"] == pytest.approx([0.2, 0.2, 0.1, 0.05])


def test_what_is_not_in_the_log_can_not_be_reported(served: Service) -> None:
    remote = RemoteLR(served.url, "unlogged", schedule=STEP, monitor="val_loss")

    with pytest.raises(InvalidRequest, match="there is no 'val_loss' to report in the log, but loss"):
        fitted(compiled(), remote)


def test_optimizers_of_one_model_are_the_runs_groups(served: Service) -> None:
    body, head = keras.optimizers.SGD(0.1, name="body"), keras.optimizers.SGD(0.1, name="head")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="a"), keras.layers.Dense(1, name="b")])
    choice = keras.optimizers.OptimizerMap(body, {"b/.*": head})
    model.compile(keras.optimizers.MultiOptimizer(choice), loss="mse")
    groups = {"head": {"kind": "constant", "initial_lr": 0.05}}

    fitted(model, RemoteLR(served.url, "multi", schedule=STEP, groups=groups), epochs=3)

    assert float(body.learning_rate) == pytest.approx(0.15)
    assert float(head.learning_rate) == pytest.approx(0.05)


def test_the_optimizer_within_a_loss_scale_is_meant(served: Service) -> None:
    inner = keras.optimizers.SGD(0.1)
    scaled = keras.optimizers.LossScaleOptimizer(inner)

    fitted(compiled(scaled), RemoteLR(served.url, "scaled", schedule=STEP), epochs=3)

    assert float(inner.learning_rate) == pytest.approx(0.15)


def test_a_run_that_is_given_stays_open_and_one_that_was_joined_is_finished(served: Service) -> None:
    with Run.join(served.url, "given", schedule=STEP) as run, Transport(run.place) as transport:
        fitted(compiled(), RemoteLR(run=run), epochs=2)
        assert run.lr(2) == 0.15
        assert transport.ask(call.show("given")).body["state"] == "running"
        fitted(compiled(), RemoteLR(served.url, "joined", schedule=STEP), epochs=2)
        assert transport.ask(call.show("joined")).body["state"] == "finished"


def test_an_optimizer_with_a_schedule_of_its_own_is_told_what_to_change(served: Service) -> None:
    own = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.3, 20))

    with pytest.raises(InvalidRequest) as refusal:
        fitted(compiled(own), RemoteLR(served.url, "own", schedule=COSINE))

    assert "build it with a number, Adam(learning_rate=0.1), and give the schedule to the run" in str(refusal.value)
    said = json.loads(str(refusal.value).partition("unit='step', schedule=")[2])
    assert said["kind"] == "cosine"
    with pytest.raises(InvalidRequest, match=r"Adam\(learning_rate=0.1\), and give the schedule to the run$"):
        fitted(compiled(keras.optimizers.Adam(lambda: 0.1)), RemoteLR(served.url, "own", schedule=COSINE))


def test_several_steps_at_one_execution_are_refused_by_step_and_fine_by_epoch(served: Service) -> None:
    with pytest.raises(InvalidRequest, match=r"compile\(..., steps_per_execution=1\)"):
        fitted(compiled(steps_per_execution=2), RemoteLR(served.url, "at-once", schedule=COSINE, unit="step"))

    history = fitted(compiled(steps_per_execution=2), RemoteLR(served.url, "at-once-by-epoch", schedule=STEP)).history
    assert history["learning_rate"] == [0.3, 0.3, 0.15, 0.15, 0.075, 0.075]


def test_hyperparameters_are_refused_for_they_would_have_no_effect(served: Service) -> None:
    with pytest.raises(InvalidRequest, match="sets momentum as well, which Keras compiles into its step"):
        fitted(compiled(), RemoteLR(served.url, "momentum", schedule=STEP, hyperparameters={"momentum": 0.9}))
