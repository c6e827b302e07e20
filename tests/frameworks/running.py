"""Runs exported snippets against the real library: JSON in, JSON out. A script, for a process of its own.

    python running.py LIBRARY FOLDER

FOLDER/work.json lists `{"file", "epochs", "jit", "double"}`, epochs ascending. Prints, for each file, what it gave:
`{"float64": [...], "float32": [...]}`, or the error. torch and transformers compute in Python, in float64 only.
"""

import json
import runpy
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

Values = dict[str, list[float]]


def torch_values(path: str, epochs: list[int], _jit: bool, _double: bool) -> Values:
    import torch

    namespace = runpy.run_path(path)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.123, momentum=0.9)
    scheduler = namespace["make_scheduler"](optimizer)
    values: dict[int, float] = {}
    wanted = set(epochs)
    formula = namespace.get("learning_rate")
    last = epochs[-1] if formula is None else min(epochs[-1], 300)
    for epoch in range(last + 1):
        if epoch in wanted:
            values[epoch] = optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()
    if formula is not None:  # far ahead there is no walking step by step
        values.update({epoch: formula(epoch) for epoch in epochs if epoch > last})
    return {"float64": [values[epoch] for epoch in epochs]}


def optax_values(path: str, epochs: list[int], jit: bool, double: bool) -> Values:
    import jax

    namespace = runpy.run_path(path)
    schedule, scalar = namespace["schedule"], "interpolate" in Path(path).read_text()
    single = {"float32": _mapped(schedule, epochs, jit, scalar)}
    if not double:
        return single
    with jax.enable_x64(True):  # optax's own schedules divide the count in the float of its size
        count = int if "optax" in namespace else "int32"
        return {"float64": _mapped(schedule, epochs, jit, scalar, count), **single}


LENGTH = 288
"""Of all arrays: operations are compiled once for each shape."""


def _mapped(
    schedule: Callable[[Any], Any], epochs: list[int], jit: bool, scalar: bool, count: Any = "int32"
) -> list[float]:
    """The values; of a schedule that takes one step at a time where `scalar`."""
    import jax
    import jax.numpy as jnp

    def value(count: Any) -> Any:
        return jnp.asarray(schedule(count), dtype=float)

    mapped = jax.vmap(value) if scalar or jit else value
    padded = jnp.array([*epochs, *[epochs[-1]] * (LENGTH - len(epochs))], dtype=count)
    result: list[float] = jnp.broadcast_to((jax.jit(mapped) if jit else mapped)(padded), padded.shape).tolist()
    return result[: len(epochs)]


def keras_values(path: str, epochs: list[int], jit: bool, double: bool) -> Values:
    import keras

    def run(floatx: str) -> list[float]:
        keras.config.set_floatx(floatx)
        schedule = _restored(runpy.run_path(path)["schedule"])
        if keras.backend.backend() == "jax":
            code = Path(path).read_text()
            return _mapped(schedule, epochs, jit, scalar="ops.sum" in code or "schedules.Cosine" in code)
        return [float(schedule(keras.ops.convert_to_tensor(epoch))) for epoch in epochs]

    return {floatx: run(floatx) for floatx in (["float32", "float64"] if double else ["float32"])}


def _restored(schedule: Any) -> Any:
    """As it comes back with a model that was saved."""
    from keras.optimizers import schedules

    return schedules.deserialize(schedules.serialize(schedule))


RUN: dict[str, Callable[[str, list[int], bool, bool], Values]] = {
    "torch": torch_values,
    "transformers": torch_values,
    "optax": optax_values,
    "keras": keras_values,
}


def main(library: str, folder: Path) -> None:
    warnings.filterwarnings("error", module=r"torch\..*")
    results: dict[str, Values | str] = {}
    for item in json.loads((folder / "work.json").read_text()):
        try:
            results[item["file"]] = RUN[library](
                str(folder / item["file"]), item["epochs"], item["jit"], item["double"]
            )
        except Exception as error:  # noqa: BLE001 - whatever a snippet does is what the test is about
            results[item["file"]] = f"{type(error).__name__}: {error}"
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
