"""The service that a command speaks to: --url, $SETPOINT_URL, or the one on this machine."""

import argparse
from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar

from setpoint.cli.misuse import Misuse
from setpoint.client.answer import Answer
from setpoint.client.call import Call
from setpoint.client.locate import locate
from setpoint.client.retry import Patience
from setpoint.client.transport import Transport
from setpoint.errors import NotFound

T = TypeVar("T")
_PATIENCE = Patience(deadline_seconds=15.0, tries=3)
"""A person waits: a service that is not there is told of within a second."""


def arguments(parser: argparse.ArgumentParser, *, name: bool = True) -> None:
    """Add RUN, unless there is no `name`, and --url."""
    if name:
        parser.add_argument("run", metavar="RUN", help="the run's name")
    parser.add_argument("--url", help="the service's address ($SETPOINT_URL; http://127.0.0.1:8321)")


class Service:
    """A service, asked in the words of the command line."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def ask(self, call: Call[T]) -> T:
        """What it answers.

        Raises:
            Misuse: it knows no such run.
            SetpointError: what the service raised.
        """
        return self.answer(call).body

    def answer(self, call: Call[T]) -> Answer[T]:
        """The same, with the ETag."""
        try:
            return self.transport.ask(call)
        except NotFound as missing:
            url = self.transport.place.url
            raise Misuse(f"{missing.detail} (at {url}; `setpoint runs` lists the runs there)") from None


@contextmanager
def connected(options: argparse.Namespace) -> Generator[Service]:
    """The service that `options` and the environment name.

    Raises:
        InvalidSetting: that is no address, or the token can't be read.
    """
    with Transport(locate(options.url), _PATIENCE) as transport:
        yield Service(transport)
