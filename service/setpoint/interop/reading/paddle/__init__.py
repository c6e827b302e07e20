"""Paddle: who reads which of its schedulers."""

from setpoint.interop.reading.paddle.cycles import SCHEDULERS

__all__ = ["SCHEDULERS"]
