"""Keras' schedules in float64, step by step: JSON in, JSON out. A script, for a process with torch underneath.

Reads `[[name, arguments], ...]` and prints the values of each at steps 0 to 89. Keras has one backend for each
process, and with JAX some of its constants stay float32.
"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras

EPOCHS = 90


def main() -> None:
    keras.config.set_floatx("float64")
    values: list[list[float]] = []
    for name, arguments in json.load(sys.stdin):
        schedule = getattr(keras.optimizers.schedules, name)(**arguments)
        values.append([float(schedule(step)) for step in range(EPOCHS)])
    json.dump(values, sys.stdout)


if __name__ == "__main__":
    main()
