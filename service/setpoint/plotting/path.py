"""From points in pixels to the `d` of an SVG path, as short as the eye allows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

Point = tuple[float, float]

# Columns of half a pixel stay exact on a screen of twice the resolution; a quarter of one is seen
# on none.
COLUMN, VISIBLE = 0.5, 0.25


def pixels(value: float) -> str:
    """Two decimals at most: 12.5, 0, 3.14."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def thin(points: Sequence[Point]) -> list[Point]:
    """What is seen of many points: of each half-pixel column the first, extremes and last."""
    if not points:
        return []
    kept = [point for _, group in groupby(points, _column) for point in _seen(list(group))]
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def step(points: Sequence[Point]) -> str:
    """Each y held until the next x: horizontal, then vertical."""
    start_x, y = points[0]
    parts = [f"M{pixels(start_x)} {pixels(y)}"]
    for next_x, next_y in points[1:]:
        if pixels(next_y) != pixels(y):
            parts.append(f"H{pixels(next_x)}V{pixels(next_y)}")
            y = next_y
    return "".join([*parts, f"H{pixels(points[-1][0])}"])


def line(points: Sequence[Point]) -> str:
    """Point to point; of a level stretch only the ends."""
    corners = [points[0], *_corners(points), *points[1:][-1:]]
    (x, y), *rest = corners
    return f"M{pixels(x)} {pixels(y)}" + "".join(f"L{pixels(x)} {pixels(y)}" for x, y in rest)


def _column(point: Point) -> float:
    return point[0] // COLUMN


def _seen(group: Sequence[Point]) -> list[Point]:
    """In drawing order, without those a less than visible distance from the one before."""
    if len(group) == 1:
        return [*group]
    ys = [y for _, y in group]
    wanted = sorted({0, ys.index(min(ys)), ys.index(max(ys)), len(group) - 1})
    seen = [group[0]]
    for index in wanted[1:]:
        if abs(ys[index] - seen[-1][1]) >= VISIBLE:
            seen.append(group[index])
    return seen


def _corners(points: Iterable[Point]) -> Iterator[Point]:
    """The inner points where the level changes before or after."""
    ordered = list(points)
    for before, point, after in zip(ordered, ordered[1:], ordered[2:], strict=False):
        if not pixels(before[1]) == pixels(point[1]) == pixels(after[1]):
            yield point
