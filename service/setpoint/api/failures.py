"""Wrong tokens, counted by the address that they came from."""

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from time import monotonic

from setpoint.errors import TooManyFailures

MOST = 10
"""Wrong tokens at once; after that one more every `SECONDS_EACH`."""
SECONDS_EACH = 6.0
_REMEMBERED = 4096
_NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that tell one subscriber from another."""


class Failures:
    """For each address, when all its wrong tokens will be forgiven.

    The right ones are let in all the while: a secret of 256 bits is not found by trying, and one worker that is set up
    wrongly must not lock out those behind its router.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.count = 0
        self._clock = clock
        self._forgiven: OrderedDict[str, float] = OrderedDict()

    def add(self, address: str) -> None:
        """One more from there.

        Raises:
            TooManyFailures: there were too many lately.
        """
        self.count += 1
        network, now = _network(address), self._clock()
        forgiven = max(self._forgiven.get(network, now), now)
        wait = forgiven - now - (MOST - 1) * SECONDS_EACH
        if wait > 0:
            raise TooManyFailures(f"{MOST} wrong tokens came from {address} lately", retry_after=math.ceil(wait))
        self._forgiven[network] = forgiven + SECONDS_EACH
        self._forgiven.move_to_end(network)
        if len(self._forgiven) > _REMEMBERED:
            self._forgiven.popitem(last=False)


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ip_network((parsed, _NETWORK_OF_ONE), strict=False))
