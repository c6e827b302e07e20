"""A small real model, its data, and a loop over them."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import Linear, Module, ReLU, Sequential

INPUTS = torch.randn(32, 4, generator=torch.Generator().manual_seed(7))
TARGETS = INPUTS.pow(2).sum(1, keepdim=True)


def model(seed: int = 0) -> Module:
    torch.manual_seed(seed)
    return Sequential(Linear(4, 8), ReLU(), Linear(8, 1))


def sgd(module: Module, lr: Any = 0.1, **settings: Any) -> Any:
    return torch.optim.SGD(module.parameters(), lr=lr, **settings)


def lr(optimizer: Any, group: int = 0) -> float:
    return float(optimizer.param_groups[group]["lr"])


def update(module: Module, optimizer: Any) -> float:
    """One update on all of the data; the loss before it."""
    optimizer.zero_grad()
    loss = (module(INPUTS) - TARGETS).pow(2).mean()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def train(module: Module, optimizer: Any, scheduler: Any, epochs: int) -> list[float]:
    """The learning rates that the epochs were trained with."""
    used: list[float] = []
    for _ in range(epochs):
        used.append(lr(optimizer))
        update(module, optimizer)
        scheduler.step()
    return used


def driven(module: Module, optimizer: Any, rates: Sequence[float]) -> None:
    """The same, with learning rates that are set by hand."""
    for rate in rates:
        for group in optimizer.param_groups:
            group["lr"] = rate
        update(module, optimizer)


def weights(module: Module) -> bytes:
    """Bit for bit."""
    parts: list[Tensor] = [part.detach().flatten() for part in module.state_dict().values()]
    return bytes(torch.cat(parts).numpy().tobytes())


Make = Callable[[Any], Any]
