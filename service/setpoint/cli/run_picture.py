"""A run's curve as a chart: sealed drawn through, planned dotted, changes marked."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from setpoint.plotting import Chart, Marker, Series

Points = Sequence[tuple[int, float]]


def chart(curve: Mapping[str, Any], title: str = "") -> Chart:
    """The picture of a curve as the service answers it."""
    points = list(zip(epochs(curve), curve["lr"], strict=True))
    frontier = curve["frontier"]
    sealed = list(takewhile(lambda point: point[0] < frontier, points))
    planned = points[len(sealed) :]
    series = [_sealed(sealed, frontier)] if sealed else []
    series += [_planned(planned, frontier if sealed else planned[0][0])] if planned else []
    markers = [Marker(mark["epoch"], mark["label"]) for mark in curve.get("changes", ()) if _shown(mark, points)]
    now = curve["position"] if points[0][0] <= curve["position"] <= points[-1][0] else None
    return Chart(series, title, curve.get("unit", "epoch"), "learning rate", markers=markers, now=now)


def epochs(curve: Mapping[str, Any]) -> Sequence[int]:
    """The epochs that the curve has values of: all of a range, or those picked for a picture."""
    picked: Sequence[int] | None = curve.get("epochs")
    return range(curve["start"], curve["stop"], curve["stride"]) if picked is None else picked


def _sealed(points: Points, frontier: int) -> Series:
    """Each value holds until the next, the last until the frontier."""
    return Series([*(epoch for epoch, _ in points), frontier], [*(lr for _, lr in points), points[-1][1]], "sealed")


def _planned(points: Points, start: int) -> Series:
    xs = [min(start, points[0][0]), *(epoch for epoch, _ in points[1:]), points[-1][0] + 1]
    return Series(xs, [*(lr for _, lr in points), points[-1][1]], "planned", style="dotted")


def _shown(mark: Mapping[str, Any], points: Points) -> bool:
    return bool(points[0][0] <= mark["epoch"] <= points[-1][0])
