"""Setpoint, the learning-rate service.

A training joins a run with `Run.join`; errors are classes of `setpoint.errors`, and can be had from here too.
"""

from typing import Any

__version__ = "0.1.0"

_MODULES = {"Run": "setpoint.client.run", "AsyncRun": "setpoint.client.arun"}


def __getattr__(name: str) -> Any:
    """The runs and the errors, imported as late as this: `import setpoint` itself imports nothing."""
    from importlib import import_module

    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    errors = import_module("setpoint.errors")
    found = getattr(errors, name, None)
    if isinstance(found, type) and issubclass(found, errors.SetpointError):
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
