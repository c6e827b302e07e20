"""Metrics: one as it was taken, and those that workers reported as a picture shows them."""

from typing_extensions import TypedDict

from setpoint.plateau.aggregate import aggregate
from setpoint.plateau.ledger import Report
from setpoint.runs.command import Measure
from setpoint.runs.settings import Settings
from setpoint.runs.state import Attempt, Run
from setpoint.wire.number import told


class Metric(TypedDict):
    """A metric as it was taken, and the last epoch that the plateau policy has decided on."""

    run: str
    worker: str
    attempt: int
    epoch: int
    value: float | str
    weight: float
    decided_epoch: int | None
    plan_version: int


def answer(run: Run, measured: Measure) -> Metric:
    """What a report is told."""
    return {
        "run": run.name,
        "worker": measured.worker,
        "attempt": measured.attempt,
        "epoch": measured.epoch,
        "value": told(measured.value),
        "weight": measured.weight,
        "decided_epoch": run.attempt.ledger.decided,
        "plan_version": run.plan_version,
    }


class Measured(TypedDict):
    """The metric of each of `epochs`: what the reports that came in so far make together."""

    epochs: list[int]
    values: list[float | str]


def measured(settings: Settings, attempt: Attempt, start: int, stop: int, most: int | None = None) -> Measured | None:
    """The metrics of the epochs `[start, stop)`, or of `most` of them evenly spread; None where nobody reported any.

    They are put together as the plateau policy puts them; without one, by their mean.
    """
    if not attempt.metrics:
        return None
    reports: dict[int, list[Report]] = {}
    for metric in attempt.metrics:
        if start <= metric.epoch < stop:
            reports.setdefault(metric.epoch, []).append(metric.report)
    epochs = _spread(sorted(reports), most)
    how = settings.policy.aggregate if settings.policy else "mean"
    columns = ([[r.value for r in reports[epoch]], [r.weight for r in reports[epoch]]] for epoch in epochs)
    return {"epochs": epochs, "values": [told(aggregate(values, weights, how)) for values, weights in columns]}


def _spread(epochs: list[int], most: int | None) -> list[int]:
    """`most` of them, the last one too."""
    if most is None or len(epochs) <= most:
        return epochs
    return [epochs[i * (len(epochs) - 1) // (most - 1)] for i in range(most)]
