"""`RemoteLR` in trainings whose weights are sharded over two processes."""

import os
import subprocess
import sys
from typing import Any

import pytest
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from setpoint.adaptors.torch import RemoteLR
from setpoint.testing import Service
from tests.frameworks.adaptors import small
from tests.frameworks.adaptors.ranks import ROOT


@pytest.mark.proof
def test_sharded_weights_are_trained_at_the_runs_rates(served: Service) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    settings = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [*launcher, __file__, served.url],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [f"{rank}: 0.1 0.1 0.05 0.05 0.025 0.025" for rank in range(2)]


def main(url: str) -> None:
    """One rank, as torchrun starts it."""
    dist.init_process_group("gloo")
    module: Any = small.model()
    fully_shard(module, mesh=init_device_mesh("cpu", (2,)))
    optimizer = small.sgd(module, momentum=0.9)
    scheduler = RemoteLR(optimizer, url, run="sharded", schedule={"kind": "step", "step_size": 2, "gamma": 0.5})
    used = small.train(module, optimizer, scheduler, 6)
    sys.stdout.write(f"{dist.get_rank()}: {' '.join(map(str, used))}\n")
    sys.stdout.flush()
    scheduler.finish()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1])
