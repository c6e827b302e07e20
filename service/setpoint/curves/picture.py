"""A schedule as a chart, for `plotting` to draw."""

from collections.abc import Sequence
from itertools import pairwise

from setpoint.curves.blocks import values
from setpoint.curves.parts import Pieced, parts
from setpoint.curves.thinning import sample
from setpoint.plotting import Chart, Series
from setpoint.plotting.chart import Style, Theme

POINTS = 2000
"""More than are told apart on a picture 960 pixels wide."""


def picture(
    form: Pieced,
    start: int,
    stop: int,
    *,
    title: str = "",
    y_log: bool = False,
    width: int = 960,
    height: int = 400,
    theme: Theme = "auto",
) -> Chart:
    """The learning rate from `start` to `stop`.

    Raises:
        InvalidSchedule: an epoch that it shows may not be served.
        InvalidRequest: a size that can't be drawn.
    """
    series = trace(form, start, stop)
    return Chart([series], title, "epoch", "learning rate", y_log=y_log, width=width, height=height, theme=theme)


def trace(
    form: Pieced,
    start: int,
    stop: int,
    *,
    shape: Pieced | None = None,
    points: int = POINTS,
    label: str = "",
    style: Style = "solid",
    hue: int = 0,
) -> Series:
    """The curve through some of its epochs: steps where it moves in jumps alone, else lines.

    Among lines a level keeps to itself until the epoch at which it is left, so that a jump is upright there too.
    `shape` has the pieces to go by, where `form` itself is written values.

    Raises:
        InvalidSchedule: one of those epochs may not be served.
    """
    epochs = sample(shape or form, start, stop, points)
    lrs = values(form, epochs).tolist()
    level = [part.is_level for part in parts(shape or form, epochs) for _ in part.epochs]
    if all(level):
        return Series(epochs, lrs, label, style, "step", hue)
    xs, ys = _upright(epochs, lrs, level)
    return Series(xs, ys, label, style, "line", hue)


def _upright(epochs: Sequence[int], lrs: Sequence[float], level: Sequence[bool]) -> tuple[list[int], list[float]]:
    """The points, and the foot or head of each jump away from a level."""
    points = [(epochs[0], lrs[0])]
    for (_, lr, is_level), (epoch, after, _) in pairwise(zip(epochs, lrs, level, strict=True)):
        if is_level and after != lr:
            points.append((epoch, lr))
        points.append((epoch, after))
    return [x for x, _ in points], [y for _, y in points]
