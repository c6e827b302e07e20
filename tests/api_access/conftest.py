"""One service that asks for tokens, for the tests of the package; each makes tokens and runs of its own."""

from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.api_access.guarded import Guarded, Holder


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Guarded]:
    with Guarded(tmp_path_factory.mktemp("data")) as guarded:
        yield guarded


@pytest.fixture
def admin(service: Guarded) -> Holder:
    return service.admin


@pytest.fixture
def http(service: Guarded) -> httpx.Client:
    """Without a token."""
    return service.http


NUMBERS: Iterator[int] = count()


@pytest.fixture
def made(service: Guarded) -> Callable[..., Holder]:
    """Makes a token that no other test has."""

    def make(scope: str, *runs: str, **more: object) -> Holder:
        return service.made(f"token{next(NUMBERS)}", scope, *runs, **more)

    return make


@pytest.fixture
def run(admin: Holder) -> str:
    """The name of a run that no other test has."""
    name = f"run{next(NUMBERS)}"
    assert admin.put(f"/v1/runs/{name}", {"schedule": {"kind": "constant", "initial_lr": 0.1}}).status_code == 201
    return name


@pytest.fixture
def folder(service: Guarded) -> Path:
    return service.data
