"""What one rank of a training does, in a process of its own: it writes each update it makes into its log."""

import hashlib
import json
import os
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import torch

# What an optimizer imports when it is made: once, in the process that ranks are forked from.
import torch._dynamo  # pyright: ignore[reportUnusedImport]
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from setpoint.adaptors.torch import RemoteLR
from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.transport import Transport
from tests.frameworks.adaptors import small


class Job(NamedTuple):
    """A training: the same for all of its ranks. `remote` is what `RemoteLR` is made with."""

    folder: str
    launch: int
    ranks: int
    updates: int
    remote: dict[str, Any]
    pause_seconds: float = 0.0
    timeout_seconds: float = 60.0
    has_team: bool = True
    has_checkpoints: bool = False
    polls_seconds: float | None = None
    """None: `RemoteLR`; else the learning rate is a value that every rank polls so often."""
    metrics: tuple[tuple[float, ...], ...] = ()
    """By update, by rank: what each measures."""
    is_launched: bool = False
    """By torchrun, which tells the ranks of each other."""
    unpaused_ranks: int | None = None
    """A launch of so many makes no pauses."""
    accelerator: dict[str, Any] | None = None
    """What an Accelerator is made with, which then prepares the scheduler as well."""

    @property
    def checkpoint(self) -> Path:
        return Path(self.folder) / "checkpoint.pt"

    def checkpoint_of(self, epoch: int) -> Path:
        return Path(self.folder) / f"checkpoint-{epoch}.pt"

    def log(self, rank: int) -> Path:
        return Path(self.folder) / f"launch{self.launch}-rank{rank}.jsonl"


def run(job: Job, rank: int) -> None:
    """The whole of it, until it is done or fails; what ended it is the log's last line."""
    if not job.is_launched:
        _introduced(job, rank)
    torch.set_num_threads(1)
    code = 0
    with job.log(rank).open("w", buffering=1) as log:
        try:
            _run(job, rank, log)
            _write(log, end="done")
        except Exception as error:  # noqa: BLE001 - the test reads what it was
            _write(log, end=type(error).__name__, said=str(error), extra=getattr(error, "extra", {}))
            code = 1
    os._exit(code)  # whatever a broken process group may want to wait for


def _launched() -> None:
    """One rank as torchrun starts it, in a launch that is named by the port where its ranks meet."""
    job = Job(**json.loads(os.environ["JOB"]))
    launch, ranks, rank = (int(os.environ[name]) for name in ("MASTER_PORT", "WORLD_SIZE", "RANK"))
    pause_seconds = 0.0 if ranks == job.unpaused_ranks else job.pause_seconds
    run(job._replace(launch=launch, ranks=ranks, pause_seconds=pause_seconds), rank)


def _introduced(job: Job, rank: int) -> None:
    os.environ.update(RANK=str(rank), WORLD_SIZE=str(job.ranks), LOCAL_RANK=str(rank))
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="1")  # Accelerate wants to know them, and uses them not


def _run(job: Job, rank: int, log: TextIO) -> None:
    patience = timedelta(seconds=job.timeout_seconds)
    if job.is_launched:
        dist.init_process_group("gloo", timeout=patience)
    elif job.has_team:
        rendezvous = f"file://{job.folder}/rendezvous{job.launch}"
        dist.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=job.ranks, timeout=patience)
    module: Any = small.model().double()
    trained = DistributedDataParallel(module) if job.has_team else module
    optimizer = small.sgd(module, momentum=0.9)
    if job.accelerator is not None:
        _accelerated(job, rank, module, optimizer, log)
        return
    if job.polls_seconds is not None:
        _polled(job, rank, trained, optimizer, log)
        return
    scheduler = RemoteLR(optimizer, **job.remote)
    if job.checkpoint.exists():
        state = torch.load(job.checkpoint, weights_only=True)
        module.load_state_dict(state["model"])
        scheduler.load_state_dict(state["scheduler"])
        optimizer.load_state_dict(state["optimizer"])
    while scheduler.last_epoch < job.updates:
        epoch = scheduler.last_epoch
        _update(rank, trained, optimizer)
        lr, weights = small.lr(optimizer).hex(), _digest(module)
        _write(log, epoch=epoch, lr=lr, attempt=scheduler.attempt, ranks=job.ranks, weights=weights)
        time.sleep(job.pause_seconds)
        scheduler.step(*([job.metrics[epoch][rank]] if job.metrics else []))
        if job.has_checkpoints:
            _checkpoint(job, rank, module, optimizer, scheduler)
    scheduler.finish()


def _polled(job: Job, rank: int, trained: Any, optimizer: Any, log: TextIO) -> None:
    """The other way: every rank reads the value that it polled last, each in its own phase."""
    assert job.polls_seconds is not None
    latest = job.remote["schedule"]["initial_lr"]
    with Transport(Place(job.remote["url"])) as transport:
        due = time.monotonic() + job.polls_seconds * rank / job.ranks
        for epoch in range(job.updates):
            if time.monotonic() >= due:
                latest = transport.ask(call.look(job.remote["run"])).body["lr"]
                due += job.polls_seconds
            optimizer.param_groups[0]["lr"] = latest
            _update(rank, trained, optimizer)
            _write(log, epoch=epoch, lr=latest.hex(), attempt=1, weights=_digest(trained.module))
            time.sleep(job.pause_seconds)


def _accelerated(job: Job, rank: int, module: Any, optimizer: Any, log: TextIO) -> None:
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True, **(job.accelerator or {}))
    remote = RemoteLR(optimizer, **job.remote)
    trained, optimizer, scheduler = accelerator.prepare(module, optimizer, remote)
    for _ in range(job.updates):
        epoch = remote.last_epoch
        _update(rank, trained, optimizer)
        _write(log, epoch=epoch, lr=small.lr(optimizer).hex(), attempt=remote.attempt, weights=_digest(module))
        scheduler.step()
    remote.finish()


def alone(job: Job, rank: int) -> None:
    """A rank that speaks with the service alone, without the others: see `run`."""
    run(job._replace(has_team=False), rank)


def _update(rank: int, trained: Any, optimizer: Any) -> None:
    """One update, on a part of the data that is this rank's own."""
    optimizer.zero_grad()
    inputs, targets = small.INPUTS.double()[rank::8], small.TARGETS.double()[rank::8]
    (trained(inputs) - targets).pow(2).mean().backward()
    optimizer.step()


def _checkpoint(job: Job, rank: int, module: Any, optimizer: Any, scheduler: RemoteLR) -> None:
    if rank == 0:
        state = {
            "model": module.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
        }
        new = job.checkpoint.with_suffix(".new")
        torch.save(state, new)
        shutil.copy(new, job.checkpoint_of(scheduler.last_epoch))
        new.replace(job.checkpoint)


def _digest(module: Any) -> str:
    return hashlib.sha256(small.weights(module)).hexdigest()


def _write(log: TextIO, **line: Any) -> None:
    log.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    _launched()
