"""torch.optim.lr_scheduler: who reads which of its schedulers."""

from setpoint.interop.reading.torch.composite import SCHEDULERS

__all__ = ["SCHEDULERS"]
