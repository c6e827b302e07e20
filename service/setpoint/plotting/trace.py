"""A curve through values that hold for an epoch each."""

from collections.abc import Sequence
from itertools import pairwise

from setpoint.plotting.chart import Series, Style


def traced(
    xs: Sequence[int],
    ys: Sequence[float],
    level: Sequence[bool],
    label: str = "",
    style: Style = "solid",
    hue: int = 0,
) -> Series:
    """Steps where it moves in jumps alone, else lines; `level` says of each value whether it does there.

    Among lines a level keeps to itself until the epoch at which it is left, so that a jump is upright there too.
    """
    if all(level):
        return Series(xs, ys, label, style, "step", hue)
    points = [(xs[0], ys[0])]
    for (_, y, is_level), (x, after, _) in pairwise(zip(xs, ys, level, strict=True)):
        if is_level and after != y:
            points.append((x, y))
        points.append((x, after))
    return Series([x for x, _ in points], [y for _, y in points], label, style, "line", hue)
