"""The same small training with torch underneath: a script, for a process of its own. Prints what it trained at."""

import json
import sys

import keras
import numpy as np

from setpoint.adaptors.keras import RemoteLR

X = np.linspace(-1.0, 1.0, 128, dtype="float32").reshape(32, 4)
Y = X @ np.array([1.0, -2.0, 0.5, 3.0], dtype="float32") + 0.25
STEP = {"kind": "step", "initial_lr": 0.3, "step_size": 2, "gamma": 0.5}
COSINE = {"kind": "cosine", "initial_lr": 0.3, "epochs": 20}


def rates(remote: RemoteLR) -> list[float]:
    """The learning rate of each update."""
    seen: list[float] = []

    class Seen(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            seen.append(float(self.model.optimizer.learning_rate))

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    model.fit(X, Y, batch_size=8, epochs=6, verbose=0, callbacks=[remote, Seen()])
    return seen


def main(url: str) -> None:
    epochs = rates(RemoteLR(url, "torch-by-epoch", schedule=STEP))[::4]
    steps = rates(RemoteLR(url, "torch-by-step", schedule=COSINE, unit="step"))
    print(json.dumps({"backend": keras.backend.backend(), "epochs": epochs, "steps": steps}))


if __name__ == "__main__":
    main(sys.argv[1])
