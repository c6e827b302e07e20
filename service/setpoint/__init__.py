"""Setpoint, the learning-rate service.

A training joins a run with `Run.join`; errors are classes of `setpoint.errors`, and can be had from here too.
"""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`Run`, and the errors, imported as late as this: `import setpoint` itself imports nothing."""
    from importlib import import_module

    if name == "Run":
        return import_module("setpoint.client.run").Run
    errors = import_module("setpoint.errors")
    found = getattr(errors, name, None)
    if isinstance(found, type) and issubclass(found, errors.SetpointError):
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
