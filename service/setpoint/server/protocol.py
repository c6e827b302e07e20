"""The protocol that is spoken: on httptools, and on h11 where that is not built for the interpreter."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setpoint.server.on_h11 import OnH11
    from setpoint.server.on_httptools import OnHttptools


def protocol() -> "type[OnHttptools | OnH11]":
    """The class of it; the other one is not imported."""
    if find_spec("httptools") is None:
        from setpoint.server.on_h11 import OnH11

        return OnH11
    from setpoint.server.on_httptools import OnHttptools

    return OnHttptools
