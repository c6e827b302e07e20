"""Data-parallel training on one machine, at a run's learning rates: every rank the same, whatever is changed.

    setpoint serve &
    torchrun --standalone --nproc-per-node 2 examples/ddp/train.py

Change it while it trains: `setpoint change ddp scale 0.5 --reason 'too high'`. End it with Ctrl-C and start it again:
it goes on from its checkpoint. What is Setpoint's here are the lines with `scheduler` in them, and they are as they
would be with a scheduler of torch's own.
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.nn import Linear, Module, ReLU, Sequential
from torch.nn.parallel import DistributedDataParallel

from setpoint.adaptors.torch import RemoteLR

SCHEDULE = {"kind": "step", "step_size": 5, "gamma": 0.5}


def data(rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """This rank's own part: points, and how far they lie from the origin."""
    points = torch.randn(64, 8, generator=torch.Generator().manual_seed(rank))
    return points, points.norm(dim=1, keepdim=True)


def train(model: Any, optimizer: torch.optim.Optimizer, points: torch.Tensor, targets: torch.Tensor) -> float:
    """One epoch; the loss of its last update."""
    loss = torch.zeros(())
    for part, wanted in zip(points.split(16), targets.split(16), strict=True):
        optimizer.zero_grad()
        loss = (model(part) - wanted).pow(2).mean()
        loss.backward()
        optimizer.step()
    return float(loss.detach())


def save(path: Path, model: Module, optimizer: torch.optim.Optimizer, scheduler: RemoteLR) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def load(path: Path, model: Module, optimizer: torch.optim.Optimizer, scheduler: RemoteLR) -> None:
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="the service ($SETPOINT_URL; http://127.0.0.1:8321)")
    parser.add_argument("--name", default="ddp", help="the run's name (ddp)")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long an epoch takes at least, to watch it (1)")
    parser.add_argument("--checkpoint", type=Path, default=Path("ddp.pt"), help="the file to go on from (ddp.pt)")
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(0)
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    points, targets = data(rank)

    model = Sequential(Linear(8, 16), ReLU(), Linear(16, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    scheduler = RemoteLR(optimizer, options.url, run=options.name, schedule=SCHEDULE)
    if options.checkpoint.exists():
        load(options.checkpoint, model, optimizer, scheduler)
    replica = DistributedDataParallel(model)

    for epoch in range(scheduler.last_epoch, options.epochs):
        loss = train(replica, optimizer, points, targets)
        time.sleep(options.seconds)
        print(f"epoch {epoch:3}  rank {rank}  lr {scheduler.get_last_lr()[0]:.6g}  loss {loss:.4f}", flush=True)
        scheduler.step()
        if rank == 0:
            save(options.checkpoint, model, optimizer, scheduler)
    scheduler.finish()
    dist.destroy_process_group()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
