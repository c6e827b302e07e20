"""Schedules: pure functions of the epoch, as frozen objects that a notebook shows as a curve.

    from setpoint.schedules import Cosine, Warmup, parse

    Warmup(warmup_epochs=5, schedule=Cosine(initial_lr=0.1, epochs=85)).lr(7)
    parse({"kind": "step", "initial_lr": 0.1, "step_size": 30}).lr(60)

Each kind of `/v1/kinds` is a class of `KINDS`; `parse` reads a spec, and checks it over its whole life.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    """The kinds and `parse`, imported as late as this: who needs one room of it imports no other."""
    if not name.startswith("_"):
        from importlib import import_module

        kinds = import_module("setpoint.schedules.kinds")
        if name in ("KINDS", "parse") or any(kind.__name__ == name for kind in kinds.KINDS.values()):
            return getattr(kinds, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
