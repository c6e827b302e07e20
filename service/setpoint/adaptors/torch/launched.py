"""What a training runs under: the other ranks, how patient they are, and whether Accelerate steps schedulers."""

import inspect
from datetime import timedelta
from typing import Any
from uuid import uuid4

import torch.distributed as dist

from setpoint.errors import InvalidRequest


def is_team() -> bool:
    """Whether there are other ranks to speak with."""
    return bool(dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1)


def rank_name() -> str | None:
    """What this rank is called in the run; None where it is alone."""
    return f"rank{dist.get_rank()}" if is_team() else None


def shared_key() -> str:
    """Drawn on one rank and told to all, which all call this at the same time.

    torchrun's restart count tells no relaunch of several agents apart: each agent counts by itself, and not where
    nodes come. Nor does the process group's store, which may be that of the launch before.
    """
    group = dist.new_group(backend="gloo", timeout=timedelta(seconds=timeout_seconds()))
    drawn = [uuid4().hex]
    dist.broadcast_object_list(drawn, src=0, group=group)
    dist.destroy_process_group(group)
    return drawn[0]


def timeout_seconds() -> float:
    """After how long the other ranks give up waiting."""
    group = dist.group.WORLD
    try:
        backends = [group._get_backend(device) for device in group._device_types]  # noqa: SLF001 - said nowhere else
        timeouts: list[timedelta] = [backend.options._timeout for backend in backends]  # noqa: SLF001
        return min(timeout.total_seconds() for timeout in timeouts)
    except (AttributeError, RuntimeError, ValueError):
        return float(dist.default_pg_timeout.total_seconds())


def refuse_multiplied() -> None:
    """See that Accelerate does not call `step()`, which called this, once for each process.

    Raises:
        InvalidRequest: it does; with the switches to set.
    """
    caller: Any = inspect.currentframe()
    caller = caller.f_back.f_back.f_locals.get("self")  # it leaves no other trace
    if type(caller).__name__ != "AcceleratedScheduler" or not type(caller).__module__.startswith("accelerate"):
        return
    if caller.step_with_optimizer and not caller.split_batches and is_team():
        raise InvalidRequest(
            f"Accelerate calls step() of a prepared scheduler {dist.get_world_size()} times for each update, once for "
            "each process: leave the scheduler out of accelerator.prepare(), or make the accelerator with "
            "step_scheduler_with_optimizer=False, or count the updates themselves: RemoteLR(..., counts='updates')"
        )
