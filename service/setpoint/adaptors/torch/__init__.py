"""For PyTorch: `RemoteLR`, a learning-rate scheduler whose values are a run's.

`scheduler` is what a training calls. `source` is where a process has its values from: from the service, or by `team`
from the one rank that asks for all. `groups` puts them into the optimizer, `initial` takes the schedule's start from
it; `updates` counts, `launched` knows what runs underneath, and `reading` makes a run of another scheduler.
"""

from setpoint.adaptors.torch.scheduler import RemoteLR

__all__ = ["RemoteLR"]
