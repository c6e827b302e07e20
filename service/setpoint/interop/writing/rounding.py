"""Where a compiled `step / length` falls short.

Compilers may multiply by the reciprocal instead: step 49 of 49 is then 0.99999994, and its floor 0.
"""

import struct
from collections.abc import Iterator
from fractions import Fraction


def keeps_whole(length: int) -> bool:
    """Whether the floor of `(k * length) * (1 / length)` is k for every k, in float32 and in float64.

    A reciprocal that was rounded up never falls short. With p bits one that was rounded down is short by a share of
    2^-p at most, and half of that is always rounded away in the product.
    """
    return all(short <= least for short, least in _shortfalls(length))


def divides_exactly(length: int) -> bool:
    """Whether `(k * length) * (1 / length)` is k itself for every k."""
    return all(abs(short) <= least for short, least in _shortfalls(length))


def _shortfalls(length: int) -> Iterator[tuple[Fraction, Fraction]]:
    """By what share the reciprocal is too small, and how much of that is rounded away: in float32, in float64."""
    single: float = struct.unpack("f", struct.pack("f", 1 / length))[0]
    for reciprocal, bits in ((single, 24), (1 / length, 53)):
        yield 1 - length * Fraction(reciprocal), Fraction(1, 2 ** (bits + 1))
