"""Pictures of curves: `svg.render`, `png.render` and `text.render` draw a `Chart`.

It knows numbers and words, and no learning rate.
"""

from setpoint.plotting.chart import Chart, Marker, Series

__all__ = ["Chart", "Marker", "Series"]
