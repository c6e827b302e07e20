"""One service for the tests of a module, each with runs of its own."""

from collections.abc import Callable, Generator
from typing import Any

import httpx
import pytest

from tests.api_runs.process import Process, Run


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Process]:
    with Process(tmp_path_factory.mktemp("data")) as process:
        yield process


@pytest.fixture
def http(service: Process) -> httpx.Client:
    return service.http


@pytest.fixture
def new(service: Process, request: pytest.FixtureRequest) -> Callable[..., Run]:
    """Creates a run that no other test has."""
    count = iter(range(1000))

    def create(**settings: Any) -> Run:
        return Run(service.http, f"run{abs(hash(request.node.nodeid))}-{next(count)}", **settings)

    return create


@pytest.fixture
def run(new: Callable[..., Run]) -> Run:
    return new()
