"""Which epochs lie in which piece: the walk that every curve is made by."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple, Protocol

from setpoint.schedules.piece import FLAT, Piece, Time

_ORDINARY = 4
"""So many forms have a say in a value where nothing is special, such as a warm-up and a decay."""


class Pieced(Protocol):
    """Anything that knows its pieces: a schedule's form, or a run's plan."""

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """The pieces of the epochs `[start, stop)`, in order and without a gap."""
        ...


class Part(NamedTuple):
    """A piece, and the epochs asked for that lie in it: at least one."""

    piece: Piece
    epochs: Sequence[int]

    @property
    def is_level(self) -> bool:
        """Whether it moves in jumps alone: one value, or a staircase."""
        return self.piece.trend == FLAT or self.piece.tread > 0


def parts(form: Pieced, epochs: Sequence[int]) -> Iterator[Part]:
    """`epochs` (ascending; best a range) by the piece that they lie in.

    Pieces between two epochs are not looked at: a few values out of a billion epochs cost a few look-ups.
    """
    done = 0
    while done < len(epochs):
        for piece in form.pieces(epochs[done], epochs[-1] + 1):
            after = before(epochs, piece.stop, done)
            yield Part(piece, epochs[done:after])
            done = after
            if done == len(epochs) or epochs[done] > ceil(piece.stop):
                break


def cost(form: Pieced) -> int:
    """How many times dearer its values are than an ordinary schedule's: a form of hundreds of members says so."""
    return ceil(getattr(form, "breadth", 1) / _ORDINARY)


def before(epochs: Sequence[int], moment: Time, done: int = 0) -> int:
    """How many of `epochs` are before `moment`; the first `done` are known to be."""
    if epochs[-1] < moment:
        return len(epochs)
    if isinstance(epochs, range):
        return -((epochs.start - ceil(moment)) // epochs.step)
    return bisect_left(epochs, moment, done)
