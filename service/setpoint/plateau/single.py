"""Single precision, for the libraries that compute in it."""

import math
import struct

_FORMAT = struct.Struct("<f")


def single(value: float) -> float:
    """The float32 nearest to `value` (ties to even); beyond its range, infinity. NaN stays NaN.

    One operation of `+ - * /` on float32 values, done in float64 and rounded by this, is the
    float32 operation to the bit: 53 bits are more than twice 24 and two.
    """
    try:
        return float(_FORMAT.unpack(_FORMAT.pack(value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)
