"""Setpoint, the learning-rate service."""

__version__ = "0.1.0"
