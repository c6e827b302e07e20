"""Optax: who reads which of its schedulers."""

from setpoint.interop.reading.optax.joined import SCHEDULERS

__all__ = ["SCHEDULERS"]
