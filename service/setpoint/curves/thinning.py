"""Which epochs to show of many: a few hundred that tell what a million do."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from math import ceil

from setpoint.curves.parts import Part, Pieced, cost, parts

_LOOKED_AT, _LEAST, _COARSE = 4096, 8, 64
_PROBES = 128
"""Values by which to find where a piece turns."""


def sample(form: Pieced, start: int, stop: int, points: int) -> list[int]:
    """At most `points` of the epochs `[start, stop)`, ascending, by which the curve can be drawn; 4 are always allowed.

    All of them, if they are so few. Else every breakpoint (the first and last epoch of each piece and of each tread, so
    both sides of a jump, and where a piece turns), and epochs evenly spread over what bends.

    Where the breakpoints alone are more than `points`: of each of `points // 4` equal stretches the first, the lowest,
    the highest and the last epoch, as far as its first breakpoints tell: 4096 are looked at altogether. So the time is
    bounded, however many epochs there are: 0.1 s where all are breakpoints. A form of hundreds of members gets by with
    fewer points and looks.
    """
    looks = _LOOKED_AT // cost(form)
    points = min(points, max(_COARSE, looks))
    if stop - start <= points:
        return list(range(start, stop))
    corners = list(islice(_corners(form, range(start, stop)), points + 1))
    if len(corners) <= points:
        return sorted({*corners, *_spread(form, range(start, stop), points - len(corners))})
    count = max(1, points // 4)
    edges = [start + (stop - start) * i // count for i in range(count + 1)]
    outlines = (_outline(form, stretch, looks // count) for stretch in map(range, edges, edges[1:]))
    return sorted(set(chain.from_iterable(outlines)))


def _spread(form: Pieced, epochs: range, count: int) -> Iterator[int]:
    """About `count` epochs, evenly spread over the parts that are not level."""
    bending = [part.epochs for part in parts(form, epochs) if not part.is_level]
    stride = max(1, ceil(sum(map(len, bending)) / max(1, count)))
    return chain.from_iterable(bend[::stride] for bend in bending)


def _outline(form: Pieced, epochs: range, looked_at: int) -> set[int]:
    """The first, the lowest, the highest and the last epoch."""
    ends = list(islice(_ends(form, epochs), max(_LEAST, looked_at)))
    return {epochs[0], min(ends)[1], max(ends)[1], epochs[-1]}


def _corners(form: Pieced, epochs: range) -> Iterator[int]:
    """Every breakpoint."""
    for part in parts(form, epochs):
        yield from _edges_of_treads(part) if part.piece.tread else _turns(part)


def _ends(form: Pieced, epochs: range) -> Iterator[tuple[float, int]]:
    """Value and epoch of the breakpoints that can be extreme: not those within a staircase, which goes one way."""
    for part in parts(form, epochs):
        for epoch in _turns(part):
            yield part.piece.at(float(epoch)), epoch


def _turns(part: Part) -> Iterable[int]:
    """The ends of a part, and where it is lowest and highest."""
    piece, epochs = part
    ends = {epochs[0], epochs[-1]}
    if piece.trend is None:
        seen = [(piece.at(float(epoch)), epoch) for epoch in epochs[:: ceil(len(epochs) / _PROBES)]]
        ends |= {min(seen)[1], max(seen)[1]}
    return sorted(ends)


def _edges_of_treads(part: Part) -> Iterator[int]:
    piece, (first, last) = part.piece, (part.epochs[0], part.epochs[-1])
    while first <= last:
        after = first + piece.tread - (first - piece.anchor) % piece.tread
        yield first
        if min(after - 1, last) > first:
            yield min(after - 1, last)
        first = after
