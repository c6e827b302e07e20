"""Databases that tests are given."""

from collections.abc import Generator

import pytest

from setpoint.journal.postgres.address import Address, parsed
from tests.postgres.server import Server, server


@pytest.fixture
def address() -> Address:
    return parsed(server().database())


@pytest.fixture
def own() -> Generator[Server]:
    """A server that may be ended, and told to wait for standbys."""
    made = Server.made()
    try:
        made.start()
        yield made
    finally:
        made.removed()
