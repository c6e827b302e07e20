"""Which launch this process belongs to, and which rank of it is: what launchers put into the environment."""

import os
import re
import socket
from collections.abc import Mapping

_RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK")
_SIZES = ("WORLD_SIZE", "SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


def launch_key(environ: Mapping[str, str] = os.environ) -> str | None:
    """The same for all ranks of one launch and for no other launch; None where no launcher says so.

    Of torchrun its run id and restart count, of SLURM job, step and restart count. A run id of "none" is torchrun's
    default: every launch without --rdzv-id has it. Of several agents of torchrun each counts restarts by itself, and
    none counts those for nodes that come: what they tell is no key.
    """
    if environ.get("GROUP_WORLD_SIZE", "1") != "1" and "TORCHELASTIC_RESTART_COUNT" in environ:
        return None
    parts: list[str] = []
    if environ.get("SLURM_JOB_ID"):
        parts += ["slurm", environ["SLURM_JOB_ID"], environ.get("SLURM_STEP_ID", "")]
        parts.append(environ.get("SLURM_RESTART_COUNT", "0"))
    torch = environ.get("TORCHELASTIC_RUN_ID", "")
    if torch not in ("", "none"):
        parts += ["torch", torch]
    if parts and "TORCHELASTIC_RESTART_COUNT" in environ:
        parts.append(environ["TORCHELASTIC_RESTART_COUNT"])
    return _UNFIT.sub("_", ":".join(parts).replace(":", "-")) if parts else None


def is_alone(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether no launcher speaks of other ranks."""
    return all(environ.get(name, "1") == "1" for name in _SIZES)


def worker_name(environ: Mapping[str, str] = os.environ) -> str:
    """`rank3` where a launcher says so; else the machine's name and the process's number."""
    for name in _RANKS:
        if re.fullmatch(r"[0-9]{1,9}", environ.get(name, "")):
            return f"rank{environ[name]}"
    return _UNFIT.sub("-", f"{socket.gethostname() or 'worker'}-{os.getpid()}").lstrip("-._")[-128:] or "worker"
