"""fairseq: who reads which of its schedulers."""

from setpoint.interop.reading.fairseq.passes import SCHEDULERS

__all__ = ["SCHEDULERS"]
