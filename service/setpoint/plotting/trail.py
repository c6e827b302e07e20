"""The dots from one point of a curve to the next."""

from collections.abc import Callable, Iterable, Iterator

from setpoint.plotting.canvas import Dot

Join = Callable[[Dot, Dot], Iterator[Dot]]


def stairs(dots: Iterable[Dot]) -> Iterator[Dot]:
    """Through every dot, each level held until the next: horizontal, then vertical."""
    yield from _joined(dots, _stair)


def lines(dots: Iterable[Dot]) -> Iterator[Dot]:
    """Through every dot, straight."""
    yield from _joined(dots, _straight)


def _joined(dots: Iterable[Dot], join: Join) -> Iterator[Dot]:
    before: Dot | None = None
    for dot in dots:
        if before is None:
            yield dot
        elif dot != before:
            yield from join(before, dot)
        before = dot


def _stair(start: Dot, end: Dot) -> Iterator[Dot]:
    yield from _straight(start, (end[0], start[1]))
    yield from _straight((end[0], start[1]), end)


def _straight(start: Dot, end: Dot) -> Iterator[Dot]:
    """Without `start`, one dot for each along the longer side."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = max(abs(across), abs(down))
    for step in range(1, length + 1):
        yield start[0] + round(across * step / length), start[1] + round(down * step / length)
