"""A service for all tests of a file, and what the tests ask it with."""

from collections.abc import Generator

import pytest

from setpoint.client.place import Place
from setpoint.client.retry import Patience
from setpoint.client.transport import Transport
from setpoint.testing import Service, service

QUICK = Patience(deadline_seconds=2.0, try_seconds=2.0, first_seconds=0.01, most_seconds=0.05)


@pytest.fixture(scope="module")
def served() -> Generator[Service]:
    with service() as found:
        yield found


@pytest.fixture
def transport(served: Service) -> Generator[Transport]:
    with Transport(Place(served.url), QUICK) as asking:
        yield asking


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "SLURM_JOB_ID", "SLURM_PROCID", "SLURM_NTASKS", "TORCHELASTIC_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def going() -> Generator[Service]:
    """A service that a test may take away."""
    with service() as found:
        yield found
