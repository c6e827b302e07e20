"""MMEngine: who reads which of its schedulers."""

from setpoint.interop.reading.mmengine.together import SCHEDULERS

__all__ = ["SCHEDULERS"]
