"""A service for all tests of a file, and torch on one thread."""

from collections.abc import Generator

import pytest
import torch

from setpoint.testing import Service, service

LAUNCHERS = ("RANK", "WORLD_SIZE", "SLURM_JOB_ID", "SLURM_PROCID", "SLURM_NTASKS", "TORCHELASTIC_RUN_ID")


@pytest.fixture(autouse=True)
def one_thread_and_no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    for name in LAUNCHERS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def served() -> Generator[Service]:
    with service() as found:
        yield found


@pytest.fixture
def going() -> Generator[Service]:
    """A service that a test may take away."""
    with service() as found:
        yield found
