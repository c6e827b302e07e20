"""Setpoint inside frameworks: one module each, imported by name. None is imported here, and none is a dependency."""
