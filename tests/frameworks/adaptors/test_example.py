"""The example of data-parallel training, as a user starts it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from setpoint.client import call
from setpoint.client.place import Place
from setpoint.client.transport import Transport
from setpoint.testing import Service

ROOT = Path(__file__).parents[3]
LINE = re.compile(r"^epoch +(\d+)  rank (\d)  lr ([0-9.]+)  loss [0-9.]+$", re.MULTILINE)
SCHEDULED = {epoch: "0.05" if epoch < 5 else "0.025" for epoch in range(8)}


def trained(url: str, checkpoint: Path, epochs: int) -> dict[int, dict[int, str]]:
    """The learning rates that it printed: by rank, by epoch."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    script = [str(ROOT / "examples/ddp/train.py"), "--url", url, "--seconds", "0"]
    done = subprocess.run(
        [*command, *script, "--epochs", str(epochs), "--checkpoint", str(checkpoint)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    found: dict[int, dict[int, str]] = {0: {}, 1: {}}
    for epoch, rank, lr in LINE.findall(done.stdout):
        found[int(rank)][int(epoch)] = lr
    return found


def shown(served: Service) -> tuple[str, int]:
    with Transport(Place(served.url)) as transport:
        run = transport.ask(call.show("ddp")).body
    return run["state"], run["attempt"]


def test_it_trains_all_ranks_alike(served: Service, tmp_path: Path) -> None:
    used = trained(served.url, tmp_path / "ddp.pt", 8)

    assert used[0] == used[1] == SCHEDULED
    assert shown(served) == ("finished", 1)


@pytest.mark.proof
def test_it_goes_on_from_its_checkpoint(going: Service, tmp_path: Path) -> None:
    trained(going.url, tmp_path / "ddp.pt", 3)
    used = trained(going.url, tmp_path / "ddp.pt", 8)

    assert used[0] == used[1] == {epoch: SCHEDULED[epoch] for epoch in range(3, 8)}
    assert shown(going) == ("finished", 2)
