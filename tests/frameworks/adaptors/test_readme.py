"""What the README shows of PyTorch trains."""

import re
from pathlib import Path

import torch

from setpoint.testing import Service
from tests.frameworks.adaptors.small import lr, model, sgd, update

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
(SHOWN,) = (
    block for block in re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL) if "torch" in block
)


def test_the_three_lines_of_the_readme_train_as_the_scheduler_that_they_replace(served: Service) -> None:
    module = model()
    optimizer, used = sgd(module, 0.1), list[float]()

    def train(module: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
        used.append(lr(optimizer))
        update(module, optimizer)

    exec(SHOWN.replace("http://127.0.0.1:8321", served.url), {"model": module, "optimizer": optimizer, "train": train})

    assert used == [0.1] * 30 + [0.1 * 0.1] * 30 + [0.1 * 0.1**2] * 30
