"""timm: who reads which of its schedulers."""

from setpoint.interop.reading.timm.cycles import SCHEDULERS

__all__ = ["SCHEDULERS"]
