"""How far a run is, by what its workers report."""

from setpoint.runs.reports import Reports
from setpoint.runs.settings import Settings


def moved(settings: Settings, before: int, reports: Reports, latest: int, left: int) -> int:
    """The position after the report `latest`, one of `reports`, once `left` workers have gone.

    Within an attempt it never goes back. fastest: the furthest report. slowest: the least of the reports of the workers
    that are expected and have not left, and no move before all of those are in. That bounds how far workers drift
    apart, for nothing is granted more than one window beyond it.
    """
    if settings.progress == "fastest":
        return max(before, latest)
    expected = max((settings.workers or 1) - left, 1)
    return before if len(reports) < expected else max(before, reports.least())
