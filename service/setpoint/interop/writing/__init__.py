"""A schedule written down as code that runs without Setpoint: for torch, optax, keras and transformers."""

from setpoint.interop.writing.exported import Exported
from setpoint.interop.writing.writers import LIBRARIES, write

__all__ = ["LIBRARIES", "Exported", "write"]
