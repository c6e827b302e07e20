"""Which epochs to show of many: a few hundred that tell what a million do."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from math import ceil

from setpoint.curves.blocks import along
from setpoint.curves.parts import Part, Pieced, parts

_LOOKED_AT = 128


def sample(form: Pieced, start: int, stop: int, points: int) -> list[int]:
    """At most `points` of the epochs `[start, stop)`, ascending, by which the curve can be drawn; 4 are always allowed.

    All of them, if they are so few. Else every breakpoint (the first and last epoch of each piece and of each tread, so
    both sides of a jump, and where a piece turns), and epochs evenly spread over what bends.

    Where the breakpoints alone are more than `points`: of each of `points // 4` equal stretches the first, the
    lowest, the highest and the last epoch, among its first 128 breakpoints. The time that takes depends on how many
    breakpoints are looked at, some microseconds for each, and not on how many epochs there are.
    """
    if stop - start <= points:
        return list(range(start, stop))
    corners = list(islice(_corners(form, range(start, stop)), points + 1))
    if len(corners) <= points:
        return sorted({*corners, *_spread(form, range(start, stop), points - len(corners))})
    count = max(1, points // 4)
    edges = [start + (stop - start) * i // count for i in range(count + 1)]
    return sorted(set(chain.from_iterable(_outline(form, stretch) for stretch in map(range, edges, edges[1:]))))


def _spread(form: Pieced, epochs: range, count: int) -> Iterator[int]:
    """About `count` epochs, evenly spread over the parts that are not level."""
    bending = [part.epochs for part in parts(form, epochs) if not part.is_level]
    stride = max(1, ceil(sum(map(len, bending)) / max(1, count)))
    return chain.from_iterable(bend[::stride] for bend in bending)


def _outline(form: Pieced, epochs: range) -> set[int]:
    """The first, the lowest, the highest and the last epoch."""
    seen = [*islice(_ends(form, epochs), _LOOKED_AT), epochs[-1]]
    lrs = list(chain.from_iterable(block.tolist() for block in along(form, seen)))
    lowest, highest = lrs.index(min(lrs)), lrs.index(max(lrs))
    return {seen[0], seen[lowest], seen[highest], seen[-1]}


def _corners(form: Pieced, epochs: range) -> Iterator[int]:
    """Every breakpoint."""
    for part in parts(form, epochs):
        yield from _edges_of_treads(part) if part.piece.tread else _turns(part)


def _ends(form: Pieced, epochs: range) -> Iterator[int]:
    """What is enough of the breakpoints to find the extremes: a staircase that never turns has them at its ends."""
    for part in parts(form, epochs):
        yield from _turns(part)


def _turns(part: Part) -> Iterable[int]:
    """The ends of a part, and where it is lowest and highest."""
    piece, epochs = part
    ends = {epochs[0], epochs[-1]}
    if piece.trend is None:
        seen = epochs[:: ceil(len(epochs) / _LOOKED_AT)]
        lrs = [piece.at(epoch) for epoch in map(float, seen)]
        ends |= {seen[lrs.index(min(lrs))], seen[lrs.index(max(lrs))]}
    return sorted(ends)


def _edges_of_treads(part: Part) -> Iterator[int]:
    piece, (first, last) = part.piece, (part.epochs[0], part.epochs[-1])
    while first <= last:
        after = first + piece.tread - (first - piece.anchor) % piece.tread
        yield first
        if min(after - 1, last) > first:
            yield min(after - 1, last)
        first = after
