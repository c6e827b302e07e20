"""A schedule as a chart, for `plotting` to draw."""

from setpoint.curves.blocks import values
from setpoint.curves.parts import Pieced, parts
from setpoint.curves.thinning import sample
from setpoint.plotting import Chart, Series
from setpoint.plotting.chart import Style, Theme
from setpoint.plotting.trace import traced

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

    `shape` has the pieces to go by, where `form` itself is written values.

    Raises:
        InvalidSchedule: one of those epochs may not be served.
    """
    epochs = sample(shape or form, start, stop, points)
    lrs = values(form, epochs).tolist()
    level = [part.is_level for part in parts(shape or form, epochs) for _ in part.epochs]
    return traced(epochs, lrs, level, label, style, hue)
