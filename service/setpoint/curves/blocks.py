"""Learning rates by the block: float64 arrays, equal to the bit to what is served one epoch at a time."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from setpoint.curves.parts import Part, Pieced, before, cost, parts
from setpoint.schedules.piece import FALLING, FLAT, Piece
from setpoint.schedules.spec import served

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Block: TypeAlias = NDArray[np.float64]

SIZE = 8192
"""Values in a block at most: a cosine's take 0.25 ms with their JSON, and the arrays stay in the processor's cache."""

# The work of a value that is called for by itself, and of coming to a piece, where that of a value in an array is 1. A
# block ends early when its work is done: a table, or a staircase of a million treads, keeps nobody waiting either.
_CALL, _PIECE = 4, 256


def blocks(form: Pieced, start: int, stop: int, stride: int = 1, size: int = SIZE) -> "Iterator[Block]":
    """The learning rates of `start`, `start + stride`, ... before `stop`, in blocks of at most `size`.

    Blocks differ in length: what is slow to compute comes in shorter ones. Memory doesn't grow with `stop`.

    Raises:
        InvalidSchedule: a value that may not be served, in place of the block that it is in.
    """
    return along(form, range(start, stop, stride), size)


def along(form: Pieced, epochs: Sequence[int], size: int = SIZE) -> "Iterator[Block]":
    """The learning rates of `epochs`, which ascend, as `blocks` gives them."""
    done, work = 0, max(1, size // cost(form))
    while done < len(epochs):
        block = _prefix(form, epochs[done : done + work], work)
        yield block
        done += len(block)


def values(form: Pieced, epochs: Sequence[int]) -> "Block":
    """The learning rates of `epochs`, which ascend, all at once.

    Raises:
        InvalidSchedule: one of them may not be served.
    """
    import numpy as np

    return np.concatenate([np.empty(0), *along(form, epochs)])


def _prefix(form: Pieced, epochs: Sequence[int], work: int) -> "Block":
    """The values of the first of `epochs`: as many as `work` is enough for, and at least one."""
    import numpy as np

    found, done = np.empty(len(epochs)), 0
    with np.errstate(all="ignore"):  # what is not finite is refused below
        for part in parts(form, epochs):
            filled, spent = _fill(part, work - _PIECE, found[done:])
            done += filled
            work -= _PIECE + spent
            if work <= 0 or filled < len(part.epochs):
                break
    return _checked(found[:done], epochs)


def _fill(part: Part, work: int, out: "Block") -> tuple[int, int]:
    """Writes the values of a part, or as many as `work` is enough for; how many, and the work it was."""
    piece, epochs = part
    if len(epochs) == 1 or piece.trend == FLAT:
        out[: len(epochs)] = piece.at(float(epochs[0]))
        return len(epochs), 0
    if piece.portable:
        out[: len(epochs)] = cast(Any, piece.at)(_array(epochs).astype(float))
        return len(epochs), len(epochs)
    if _is_spent(piece, epochs):
        out[: len(epochs)] = 0.0
        return len(epochs), 0
    calls = max(1, work // _CALL)
    if piece.tread > 1:
        return _fill_treads(piece, epochs[: before(epochs, epochs[0] + calls * piece.tread)], out)
    out[: len(epochs[:calls])] = [piece.at(epoch) for epoch in map(float, epochs[:calls])]
    return len(epochs[:calls]), len(epochs[:calls]) * _CALL


def _is_spent(piece: Piece, epochs: Sequence[int]) -> bool:
    """Whether it is 0 from the first of `epochs` on: an exponential underflows, and never rises again."""
    return piece.trend == FALLING and piece.at(float(epochs[0])) == piece.at(float(epochs[-1])) == 0.0


def _fill_treads(piece: Piece, epochs: Sequence[int], out: "Block") -> tuple[int, int]:
    """One call for each tread that is stood on."""
    import numpy as np

    tread = (_array(epochs) - piece.anchor) // piece.tread
    firsts = np.flatnonzero(np.diff(tread, prepend=tread[0] - 1))
    levels = [piece.at(float(epochs[first])) for first in firsts.tolist()]
    out[: len(epochs)] = np.repeat(levels, np.diff(firsts, append=len(epochs)))
    return len(epochs), len(levels) * _CALL


def _array(epochs: Sequence[int]) -> "NDArray[np.int64]":
    import numpy as np

    if isinstance(epochs, range):
        return np.arange(epochs.start, epochs.stop, epochs.step)
    return np.array(epochs)


def _checked(found: "Block", epochs: Sequence[int]) -> "Block":
    """The block, if all of it may be served; -0.0 becomes 0.0."""
    import numpy as np

    if not (found.min() >= 0.0 and found.max() < np.inf):
        wrong = int(np.argmin((found >= 0.0) & (found < np.inf)))
        served(float(found[wrong]), epochs[wrong])
    found += 0.0
    return found
