"""The commands that are the server's reach its rooms inside a function: a client does without their packages."""

from collections.abc import Generator
from contextlib import contextmanager

from setpoint.cli.misuse import Misuse

MISSING = "the service needs more than the client: pip install 'setpoint[server]'"


@contextmanager
def server() -> Generator[None]:
    """Imports of the server's rooms go in here.

    Raises:
        Misuse: the packages of the `server` extra are not installed.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] == "setpoint":
            raise
        raise Misuse(MISSING) from None
