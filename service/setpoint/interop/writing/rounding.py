"""Where a compiled `step / length` falls short.

Compilers may multiply by the reciprocal instead: step 49 of 49 is then 0.99999994, and its floor 0.
"""

import struct
from fractions import Fraction


def divides_exactly(length: int) -> bool:
    """Whether `(k * length) * (1 / length)` is k for every k, in float32 and in float64.

    With p bits the reciprocal is short by a share of 2^-p at most; half of that is always rounded away in the product.
    """
    single: float = struct.unpack("f", struct.pack("f", 1 / length))[0]
    return all(
        abs(1 - length * Fraction(r)) <= Fraction(1, 2 ** (bits + 1)) for r, bits in ((single, 24), (1 / length, 53))
    )
